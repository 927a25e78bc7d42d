"""Why a step of an access review is refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    NOT_REVIEWER = "not_reviewer", _("You do not have permission to answer access reviews.")
    REVIEW_OPEN = "review_open", _("A review is already open. Finish it first.")
    NOTHING_OPEN = "nothing_open", _("No document is open to anybody, so there is nothing to review.")
    REVIEW_FINISHED = "review_finished", _("This review is finished. Its answers stay as they are.")
    OWN_ACCESS = "own_access", _("This is your own access. A colleague has to answer.")
    ENDED_MEANWHILE = "ended_meanwhile", _("This access has ended in the meantime, so there is nothing to answer.")
    ROWS_LEFT = "rows_left", _("Documents without an answer: %(count)s. Answer them first.")


words.register("refusal", dict(Refusal.choices))
