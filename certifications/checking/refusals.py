"""Why a fact cannot be confirmed. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    NOT_EDITOR = "not_fact_editor", _("You do not have permission to edit this. Nothing was changed.")
    GONE = "fact_gone", _("This fact no longer exists. Nothing was changed.")
    OTHER_FACT = (
        "other_fact",
        _("Somebody has changed this since you opened the page. Read it again before you confirm it."),
    )


words.register("refusal", dict(Refusal.choices))
