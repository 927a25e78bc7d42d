from calendar import monthrange
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.fields import Address

# After how many months a fact is looked at again, unless it or its topic says otherwise.
USUAL_MONTHS = 12
MOST_MONTHS = 36


class Reviewed(models.Model):
    """A public fact that somebody keeps true: of what day it is, until when they look at it again, and who they are.

    Every fact has a day by which it is reviewed, so nothing is taken for true for ever because nobody looked at it.
    """

    as_of = models.DateField(_("as of"))
    review_by = models.DateField(
        _("review by"), null=True, blank=True, help_text=_("If left empty, the usual time after “as of”.")
    )
    owner = Address(
        _("owner"),
        blank=True,
        help_text=_(
            "The colleague who keeps it true and gets the reminders. If left empty, the security contact gets them."
        ),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(review_by=None) | Q(review_by__gt=F("as_of")),
                name="%(class)s_reviewed_after_as_of",
                violation_error_message=_("The review date must be after the “as of” date."),
            ),
        ]

    @property
    def review_months(self) -> int:
        """The usual time between two reviews."""
        return USUAL_MONTHS

    @property
    def review_due(self) -> date:
        """The last day on which it counts as reviewed."""
        return self.review_by or months_after(self.as_of, self.review_months)

    @property
    def is_overdue(self) -> bool:
        return self.review_due < timezone.localdate()


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def validate_lines(value: object) -> None:
    """A JSON list of short names, each once."""
    if not isinstance(value, list) or not all(isinstance(line, str) and 0 < len(line) <= 100 for line in value):
        raise ValidationError(_("Write a list of names, each of at most 100 characters."), code="lines")
