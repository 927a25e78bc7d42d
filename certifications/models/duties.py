from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certifications.models.updates import Update
from trustcenter.audit.facts import Answering
from trustcenter.web.fields import LineColumn
from trustcenter.work.ids import new_id


class DutyClock(Answering, models.Model):
    """A duty to tell somebody about an incident in time. Each runs from an event of its own; staff alone see it."""

    class Duty(models.TextChoices):
        AUTHORITY = "authority", _("Data protection authority (GDPR, Article 33)")
        CUSTOMERS = "customers", _("Customers, by contract")
        CRA_WARNING = "cra_warning", _("Early warning (Cyber Resilience Act, Article 14)")
        CRA_NOTICE = "cra_notice", _("Notification (Cyber Resilience Act, Article 14)")
        CRA_REPORT = "cra_report", _("Final report on a vulnerability (Cyber Resilience Act, Article 14)")
        CRA_INCIDENT = "cra_incident", _("Final report on a severe incident (Cyber Resilience Act, Article 14)")

        def hours_from(self, at: datetime) -> int | None:
            """How long there is from an event at that time; None if a contract says it."""
            match self:
                case DutyClock.Duty.AUTHORITY | DutyClock.Duty.CRA_NOTICE:
                    return 72
                case DutyClock.Duty.CRA_WARNING:
                    return 24
                case DutyClock.Duty.CRA_REPORT:
                    return 14 * 24
                case DutyClock.Duty.CRA_INCIDENT:
                    return _days_of_a_month_from(at) * 24
                case _:
                    return None

        @property
        def term(self) -> str:
            """How long there is, in words."""
            return self._words[0]

        @property
        def event(self) -> str:
            """What its time runs from."""
            return self._words[1]

        @property
        def _words(self) -> tuple[str, str]:
            aware = gettext("We became aware of the exploited vulnerability or severe incident")
            match self:
                case DutyClock.Duty.AUTHORITY:
                    return gettext("72 hours"), gettext("We became aware of the breach of personal data")
                case DutyClock.Duty.CUSTOMERS:
                    return gettext("As long as the contract says"), gettext("What the contract names")
                case DutyClock.Duty.CRA_WARNING:
                    return gettext("24 hours"), aware
                case DutyClock.Duty.CRA_NOTICE:
                    return gettext("72 hours"), aware
                case DutyClock.Duty.CRA_REPORT:
                    return gettext("14 days"), gettext("A corrective or mitigating measure is available")
                case DutyClock.Duty.CRA_INCIDENT:
                    return gettext("One month"), gettext("We submitted the notification of the severe incident")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    update = models.ForeignKey(Update, on_delete=models.PROTECT, related_name="clocks")
    duty = models.CharField(_("duty"), max_length=12, choices=Duty)
    # Which contract.
    contract = LineColumn(_("contract"), max_length=100, blank=True)
    hours = models.PositiveSmallIntegerField(_("hours"), validators=[MinValueValidator(1), MaxValueValidator(60 * 24)])
    started_at = models.DateTimeField(_("the event happened at"))
    met_at = models.DateTimeField(_("told at"), null=True, blank=True)
    # When colleagues were mailed that it will run out soon, and that it has run out.
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    overdue_told_at = models.DateTimeField(null=True, blank=True, editable=False)

    moving: ClassVar[frozenset[str]] = frozenset({"met_at"})

    class Meta:
        ordering = ["started_at", "pk"]
        verbose_name = _("duty")
        verbose_name_plural = _("notification duties")
        constraints = [
            models.UniqueConstraint(
                fields=["update", "duty"], condition=~Q(duty="customers"), name="duty_clock_one_of_each_law"
            ),
            models.CheckConstraint(
                condition=(Q(duty="customers") & ~Q(contract="")) | (~Q(duty="customers") & Q(contract="")),
                name="duty_clock_names_its_contract",
            ),
            models.CheckConstraint(
                condition=Q(duty="customers", hours__gte=1)
                | Q(duty__in=["authority", "cra_notice"], hours=72)
                | Q(duty="cra_warning", hours=24)
                | Q(duty="cra_report", hours=336)
                # A month has 28 to 31 days.
                | Q(duty="cra_incident", hours__in=[672, 696, 720, 744]),
                name="duty_clock_has_the_hours_of_its_law",
            ),
            models.CheckConstraint(
                condition=Q(met_at=None) | Q(met_at__gte=F("started_at")), name="duty_clock_met_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return str(DutyClock.Duty(self.duty).label)

    def facts(self) -> dict[str, Any]:
        return {
            "update": self.update_id,
            "duty": self.duty,
            "hours": self.hours,
            "started_at": self.started_at,
            "met_at": self.met_at,
        }

    @property
    def event(self) -> str:
        return str(DutyClock.Duty(self.duty).event)

    @property
    def due_at(self) -> datetime:
        return self.started_at + timedelta(hours=self.hours)

    @property
    def remind_at(self) -> datetime:
        """When three quarters of its time are over."""
        return self.started_at + timedelta(hours=self.hours) * 3 / 4

    @property
    def is_late(self) -> bool:
        return (self.met_at or timezone.now()) > self.due_at

    @property
    def tone(self) -> str:
        if self.is_late:
            return "bad"
        return "wait" if self.met_at is None else "good"


def _days_of_a_month_from(at: datetime) -> int:
    """How many days lie before the same day of the next month, or its last day if it has no such day.

    Regulation (EEC, Euratom) 1182/71, Article 3(2)(c), says so of periods in months.
    """
    first = at.astimezone(UTC).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    last = monthrange(following.year, following.month)[1]
    day = at.astimezone(UTC).date()
    return (following.replace(day=min(day.day, last)) - day).days
