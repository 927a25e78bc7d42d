"""Why a step on an objection is refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """The label is the sentence for the person who tried."""

    TOO_LATE = (
        "objection_too_late",
        _("Objections are possible until the day before a subprocessor starts. Write to the security contact instead."),
    )
    OBJECTED_BEFORE = "objection_objected_before", _("Your objection to %(name)s is already waiting for our answer.")
    NO_TEXT = "objection_no_text", _("Say what you object to.")
    STAFF = "objection_staff", _("Staff cannot object here.")
    NOT_ANSWERER = "objection_not_answerer", _("You do not have permission to answer objections.")
    NO_ANSWER = "objection_no_answer", _("Write an answer. The person gets it by e-mail.")
    SETTLED = "objection_settled", _("This objection has already been answered. Nothing was changed.")


words.register("refusal", dict(Refusal.choices))
