"""Why a step on an agreement is refused. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """The reason of a FlowError of this room; the label is the sentence for the person who tried."""

    SEALED = "sealed", _("This copy is already sealed.")
    NOT_PUBLISHER = "not_publisher", _("You do not have permission to publish agreements.")
    NO_TEXT = "no_agreement_text", _("The text is empty.")
    SAME_TEXT = (
        "same_text",
        _("Version %(number)s has exactly this text, with another rule for its signers. A text keeps its rules."),
    )
    OTHER_VERSION = (
        "other_version",
        _("Somebody has published a version since you opened the page. Nothing was published. Look at it first."),
    )
    UNKNOWN_FIELD = (
        "unknown_field",
        _(
            "The text names %(field)s, which is not a field. The fields are %(known)s. For a brace, write two: {{ or }}."
        ),
    )
    LONE_BRACE = (
        "lone_brace",
        _(
            "Near “%(near)s” a brace stands alone. A field has one on each side. For a brace itself, write two: {{ or }}."
        ),
    )
    BEING_SEALED = "being_sealed", _("This copy is being sealed. Please look again in a moment.")


words.register("refusal", dict(Refusal.choices))
