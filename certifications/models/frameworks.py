from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models.evidence import Evidenced
from certifications.models.products import Product
from certifications.models.review import Reviewed
from certifications.models.translations import InEnglish, Translated
from trustcenter.web.fields import LineColumn


class Framework(InEnglish):
    """A standard, law or scheme: SOC 2, ISO/IEC 27001, GDPR."""

    class Kind(models.TextChoices):
        ATTESTATION = "attestation", _("Attestation")
        CERTIFICATE = "certificate", _("Certificate")
        AUTHORIZATION = "authorization", _("Authorization")
        REGULATION = "regulation", _("Regulation")
        SELF_ASSESSMENT = "self_assessment", _("Self-assessment")
        STANDARD = "standard", _("Standard")

        @property
        def icon(self) -> str:
            """The name of its symbol in icons.svg."""
            match self:
                case Framework.Kind.ATTESTATION:
                    return "report"
                case Framework.Kind.CERTIFICATE:
                    return "certificate"
                case Framework.Kind.REGULATION:
                    return "law"
                case Framework.Kind.SELF_ASSESSMENT:
                    return "list"
                case Framework.Kind.STANDARD:
                    return "card"
                case _:
                    return "columns"

    slug = models.SlugField(unique=True)
    name = LineColumn(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    authority = LineColumn(_("authority"), max_length=200)
    about = models.TextField(_("about"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def icon(self) -> str:
        return Framework.Kind(self.kind).icon

    @property
    def has_auditor(self) -> bool:
        """Whether somebody else says how the company stands under it."""
        return self.kind not in {Framework.Kind.REGULATION, Framework.Kind.SELF_ASSESSMENT}


class Status(models.TextChoices):
    """The status of a certification. The value is part of /posture.json.

    Word, colour and icon follow from it, so that a tick never stands beside "In progress".
    """

    ATTESTED = "attested", _("Attested")
    CERTIFIED = "certified", _("Certified")
    AUTHORIZED = "authorized", _("Authorized")
    AVAILABLE = "available", _("Available")
    COMPLIANT = "compliant", _("Compliant")
    PUBLISHED = "published", _("Published")
    IN_PROGRESS = "in_progress", _("In progress")
    NOT_CERTIFIED = "not_certified", _("Not certified")
    NOT_AVAILABLE = "not_available", _("Not available")
    EXPIRED = "expired", _("Expired")

    @property
    def tone(self) -> str:
        match self:
            case Status.ATTESTED | Status.CERTIFIED | Status.AUTHORIZED:
                return "good"
            case Status.AVAILABLE | Status.COMPLIANT | Status.PUBLISHED:
                return "good"
            case Status.IN_PROGRESS | Status.EXPIRED:
                return "wait"
            case _:
                return "none"


# Expired follows from the date: a person who had to state it could forget to.
STATED = [(status.value, status.label) for status in Status if status is not Status.EXPIRED]


class Certification(Translated, Evidenced, Reviewed):
    """The company's standing under one framework."""

    translatable = ("scope", "notes")

    slug = models.SlugField(unique=True)
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="certifications")
    stated_status = models.CharField(_("status"), max_length=20, choices=STATED)
    scope = models.TextField(_("scope"))
    notes = models.TextField(_("notes"), blank=True)
    products = models.ManyToManyField(
        Product, blank=True, related_name="certifications", help_text=_("None means the whole company.")
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    period_start = models.DateField(_("period start"), null=True, blank=True)
    period_end = models.DateField(_("period end"), null=True, blank=True)
    auditor = LineColumn(
        _("auditor"), max_length=200, blank=True, help_text=_("The firm, certification body or assessor.")
    )
    number = LineColumn(_("certificate number"), max_length=100, blank=True)
    registry = models.URLField(
        _("entry in a register"), blank=True, help_text=_("Where anyone can look up the certificate.")
    )
    # While it is in progress.
    stage = LineColumn(_("stage"), max_length=100, blank=True, help_text=_("Such as “Assessment by a 3PAO”."))
    target = models.DateField(_("target date"), null=True, blank=True)
    route = LineColumn(_("route"), max_length=100, blank=True, help_text=_("Such as “FedRAMP 20x Moderate”."))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Reviewed.Meta):
        ordering = ["position", "slug"]
        constraints = [
            *Reviewed.Meta.constraints,
            models.CheckConstraint(
                # What is in place has no stage: the page would promise what is there already.
                condition=models.Q(stated_status=Status.IN_PROGRESS) | models.Q(stage="", target=None, route=""),
                name="certification_stage_while_in_progress",
                violation_error_message=_("Only a certification in progress has a stage, a target date or a route."),
            ),
            models.CheckConstraint(
                condition=~models.Q(stated_status=Status.EXPIRED), name="certification_expiry_is_computed"
            ),
            models.CheckConstraint(
                condition=models.Q(period_start=None, period_end=None)
                # A comparison with NULL passes a check, so a period with one end has to be refused explicitly.
                | models.Q(
                    period_start__isnull=False,
                    period_end__isnull=False,
                    period_end__gte=models.F("period_start"),
                ),
                name="certification_period_in_order",
                violation_error_message=_("A reporting period needs a start and an end, in that order."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.framework}: {Status(self.stated_status).label}"

    def status_on(self, day: date) -> Status:
        """The stated status, or `expired` once `valid_until` has passed."""
        if self.valid_until and self.valid_until < day:
            return Status.EXPIRED
        return Status(self.stated_status)

    @property
    def status(self) -> Status:
        """The status today."""
        return self.status_on(timezone.localdate())

    @property
    def status_text(self) -> str:
        return str(self.status.label)

    @property
    def tone(self) -> str:
        return self.status.tone
