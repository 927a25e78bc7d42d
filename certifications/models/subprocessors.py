from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models.evidence import Evidenced
from certifications.models.products import Product
from certifications.models.review import Reviewed
from certifications.models.translations import Translated
from trustcenter.web.fields import LineColumn


class Subprocessor(Translated, Evidenced, Reviewed):
    """A third party that processes customers' data for us: now, from a day that was announced, or until a day."""

    translatable = ("purpose", "data", "location")

    class State(models.TextChoices):
        """How it stands on a day. The value is part of /posture.json."""

        ANNOUNCED = "announced", _("Announced")
        ACTIVE = "active", _("Active")
        ENDED = "ended", _("Ended")

        @property
        def tone(self) -> str:
            match self:
                case Subprocessor.State.ACTIVE:
                    return "good"
                case Subprocessor.State.ANNOUNCED:
                    return "wait"
                case _:
                    return "none"

    slug = models.SlugField(unique=True)
    name = LineColumn(_("name"), max_length=200)
    purpose = models.TextField(_("purpose"))
    data = models.TextField(_("data"))
    location = LineColumn(_("location"), max_length=200)
    products = models.ManyToManyField(
        Product, blank=True, related_name="subprocessors", help_text=_("None means every product.")
    )
    announced = models.DateField(_("announced"), null=True, blank=True, help_text=_("When customers were told of it."))
    effective = models.DateField(
        _("starts"), null=True, blank=True, help_text=_("The first day on which it processes data, if there is one.")
    )
    ended = models.DateField(
        _("ends"), null=True, blank=True, help_text=_("The last day on which it processes data, if there is one.")
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Reviewed.Meta):
        ordering = ["position", "slug"]
        constraints = [
            *Reviewed.Meta.constraints,
            # A comparison with NULL passes a check, so what needs a day has to say so.
            models.CheckConstraint(
                condition=Q(announced=None) | Q(effective__isnull=False, effective__gte=F("announced")),
                name="subprocessor_announced_before_it_starts",
                violation_error_message=_(
                    "An announced subprocessor needs a start date, on the day of its notice or later."
                ),
            ),
            models.CheckConstraint(
                condition=Q(effective=None) | Q(ended=None) | Q(ended__gte=F("effective")),
                name="subprocessor_starts_before_it_ends",
                violation_error_message=_("It ends before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def state_on(self, day: date) -> "Subprocessor.State":
        if self.effective and day < self.effective:
            return Subprocessor.State.ANNOUNCED
        return Subprocessor.State.ENDED if self.ended and self.ended < day else Subprocessor.State.ACTIVE

    @property
    def state(self) -> "Subprocessor.State":
        """How it stands today."""
        return self.state_on(timezone.localdate())

    @property
    def day_before_start(self) -> date | None:
        """The last day on which it does not process data yet, and on which customers can object to it."""
        return self.effective - timedelta(days=1) if self.effective else None

    @property
    def notice_days(self) -> int | None:
        """The days between its notice and its start; None if one of them is not stated."""
        return (self.effective - self.announced).days if self.announced and self.effective else None
