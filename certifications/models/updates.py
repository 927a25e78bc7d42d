from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models.company import validate_slugs
from certifications.models.frameworks import Certification
from certifications.models.products import Product
from certifications.models.translations import InEnglish, Translated
from trustcenter.web.fields import LineColumn
from trustcenter.web.typed import validate_lines

# Addresses below /updates/ that are pages of their own.
RESERVED = frozenset({"new", "subscribe", "subscription"})


def validate_address(slug: str) -> None:
    """A post has an address of its own."""
    if slug in RESERVED:
        raise ValidationError(_("This word is the address of another page."), code="reserved")


class Update(Translated):
    """A post for readers: what is new, or an incident and its course."""

    translatable = ("title", "body", "impact", "data")

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
        help_text=_("Separate paragraphs with an empty line. Begin list items with “- ”. **Bold** is bold."),
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


class IncidentEntry(InEnglish):
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
                violation_error_message=_("There is already an entry for this time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.status}"

    @property
    def tone(self) -> str:
        return IncidentEntry.Status(self.status).tone


class UpdateSchedule(models.Model):
    """When the clock publishes a draft of a post, who said so, and whether subscribers are told then."""

    update = models.OneToOneField(Update, primary_key=True, on_delete=models.CASCADE, related_name="schedule")
    publish_at = models.DateTimeField()
    scheduled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    tell = models.BooleanField(default=False)
    # When the clock did not publish it, because that person may not publish any more. Then it has no date.
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.update_id}, {self.publish_at}"
