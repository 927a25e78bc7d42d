"""Why a step on an agreement is refused. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """The reason of a FlowError of this room; the label is the sentence for the person who tried."""

    SEALED = "sealed", _("This copy is already sealed.")
    BEING_SEALED = "being_sealed", _("This copy is being sealed. Please look again in a moment.")


words.register("refusal", dict(Refusal.choices))
