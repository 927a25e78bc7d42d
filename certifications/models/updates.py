from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certifications.models.company import validate_slugs
from certifications.models.frameworks import Certification
from certifications.models.products import Product
from trustcenter.audit.facts import Answering
from trustcenter.web.fields import LineColumn
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id

# Addresses below /updates/ that are pages of their own.
RESERVED = frozenset({"new", "subscribe", "subscription"})


def validate_address(slug: str) -> None:
    """A post has an address of its own."""
    if slug in RESERVED:
        raise ValidationError(_("This word is the address of another page."), code="reserved")


class Update(models.Model):
    """A post for readers: what is new, or an incident and its course."""

    class Category(models.TextChoices):
        """What people subscribe to."""

        GENERAL = "general", _("General")
        COMPLIANCE = "compliance", _("Compliance")
        SECURITY = "security", _("Security")
        PRIVACY = "privacy", _("Privacy")
        SUBPROCESSORS = "subprocessors", _("Subprocessors")
        INCIDENT = "incident", _("Incidents")

    slug = models.SlugField(unique=True, max_length=80, validators=[validate_address])
    category = models.CharField(_("category"), max_length=14, choices=Category)
    title = LineColumn(_("title"), max_length=150)
    body = models.TextField(
        _("text"),
        validators=[validate_lines],
        help_text=_("Paragraphs with an empty line between them. Lists begin with “- ”, **bold** is bold."),
    )
    # The slug of a level, whose readers alone get the post; documents and their levels are in a higher package.
    level = models.SlugField(_("for"), max_length=50, blank=True)
    products = models.ManyToManyField(
        Product,
        blank=True,
        related_name="updates",
        verbose_name=_("products"),
        help_text=_("None means every product."),
    )
    certifications = models.ManyToManyField(
        Certification, blank=True, related_name="updates", verbose_name=_("certifications")
    )
    documents = models.JSONField(_("documents"), default=list, blank=True, validators=[validate_slugs])
    # Nobody but staff sees a post before this instant; None for a draft.
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    # When it was last changed after that, or its timeline went on.
    edited_at = models.DateTimeField(_("changed"), null=True, blank=True)
    # Of an incident: when it began, what does not work in a few words, and what became of customers' data.
    started_at = models.DateTimeField(_("began at"), null=True, blank=True)
    impact = LineColumn(_("effect in a few words"), max_length=40, blank=True)
    data = LineColumn(_("customers’ data"), max_length=200, blank=True)

    class Meta:
        ordering = [F("published_at").desc(nulls_first=True), "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category="incident", started_at__isnull=False)
                | (~Q(category="incident") & Q(started_at=None)),
                name="update_incident_has_a_start",
                violation_error_message=_("An incident has a time at which it began, and no other post has one."),
            ),
            models.CheckConstraint(
                condition=Q(edited_at=None) | Q(published_at__isnull=False), name="update_edited_after_publishing"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_incident(self) -> bool:
        return self.category == Update.Category.INCIDENT

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.published_at <= timezone.now()

    @property
    def latest(self) -> "IncidentEntry | None":
        """The newest entry of an incident. Lists prefetch `timeline`."""
        return next(iter(self.timeline.all()), None)

    @property
    def is_open(self) -> bool:
        """Whether it is an incident that goes on."""
        latest = self.latest
        return self.is_incident and (latest is None or latest.status != IncidentEntry.Status.RESOLVED)

    @property
    def changed_at(self) -> datetime:
        """When readers last got something new in it."""
        return max(moment for moment in (self.published_at, self.edited_at) if moment is not None)

    def affects(self, product: Product) -> bool:
        """Whether it is about the product. Pages prefetch `products`."""
        named = self.products.all()
        return not named or product in named


class IncidentEntry(models.Model):
    """One entry of an incident's timeline. It is never changed: a correction is another entry."""

    class Status(models.TextChoices):
        INVESTIGATING = "investigating", _("Investigating")
        IDENTIFIED = "identified", _("Identified")
        MONITORING = "monitoring", _("Monitoring")
        RESOLVED = "resolved", _("Resolved")

        @property
        def tone(self) -> str:
            match self:
                case IncidentEntry.Status.RESOLVED:
                    return "good"
                case IncidentEntry.Status.INVESTIGATING:
                    return "bad"
                case _:
                    return "wait"

    slug = models.SlugField(unique=True, max_length=90)
    update = models.ForeignKey(Update, on_delete=models.CASCADE, related_name="timeline", verbose_name=_("incident"))
    status = models.CharField(_("status"), max_length=13, choices=Status)
    at = models.DateTimeField(_("time"))
    text = models.TextField(_("what happened"), validators=[validate_lines])

    class Meta:
        ordering = ["-at", "slug"]
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")
        constraints = [
            # Of two entries of one instant, nobody could say which status holds.
            models.UniqueConstraint(
                fields=["update", "at"],
                name="incident_entry_one_at_a_time",
                violation_error_message=_("There is an entry for this time already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.status}"

    @property
    def tone(self) -> str:
        return IncidentEntry.Status(self.status).tone


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
            match self:
                case DutyClock.Duty.CUSTOMERS:
                    return gettext("As long as the contract says")
                case DutyClock.Duty.CRA_REPORT:
                    return gettext("14 days")
                case DutyClock.Duty.CRA_INCIDENT:
                    return gettext("One month")
                case DutyClock.Duty.CRA_WARNING:
                    return gettext("24 hours")
                case _:
                    return gettext("72 hours")

        @property
        def event(self) -> str:
            """What its time runs from."""
            match self:
                case DutyClock.Duty.AUTHORITY:
                    return gettext("We became aware of the breach of personal data")
                case DutyClock.Duty.CUSTOMERS:
                    return gettext("What the contract names")
                case DutyClock.Duty.CRA_REPORT:
                    return gettext("A measure that corrects or mitigates it is available")
                case DutyClock.Duty.CRA_INCIDENT:
                    return gettext("We submitted the notification of the severe incident")
                case _:
                    return gettext("We became aware of the exploited vulnerability or severe incident")

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
        verbose_name_plural = _("duties to tell")
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
