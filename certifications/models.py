from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


def validate_slugs(value: Any) -> None:
    """Evidence is a JSON list of slugs."""
    if not isinstance(value, list) or not all(isinstance(slug, str) for slug in value):
        raise ValidationError(_('Write a list of slugs, such as ["soc-2-type-ii-report"].'), code="slugs")


class Profile(models.Model):
    """What the site says about the company that publishes it; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=100)
    legal_name = models.CharField(_("legal name"), max_length=200)
    website = models.URLField(_("website"))
    summary = models.TextField(_("summary"))
    notice = models.TextField(_("notice shown on every page"), blank=True)
    contact_email = models.EmailField(_("security contact"))
    as_of = models.DateField(_("last reviewed"))
    source_title = models.CharField(_("source"), max_length=300)
    source_publisher = models.CharField(_("publisher of the source"), max_length=200, blank=True)
    source_note = models.TextField(_("note on the source"), blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="profile_one_row")]
        permissions = [("share_posture", "Can send the public page to a prospect")]

    def __str__(self) -> str:
        return self.name


class Tone(models.TextChoices):
    """How good a fact is for the reader. It picks colour and icon; a word is always beside them."""

    GOOD = "good", _("Good")
    WAIT = "wait", _("Depends")
    NONE = "none", _("Not stated or not there")


class Product(models.Model):
    """What a customer buys, such as a plan, and what it does with their data.

    Each aspect has a text, and a word with a tone as the short answer in the comparison.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=100)
    summary = models.TextField(_("summary"))
    training = models.TextField(_("training"))
    training_word = models.CharField(_("training in a word"), max_length=40, blank=True)
    training_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    retention = models.TextField(_("retention"))
    retention_word = models.CharField(_("retention in a word"), max_length=40, blank=True)
    retention_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    human_review = models.TextField(_("human review"))
    human_review_word = models.CharField(_("human review in a word"), max_length=40, blank=True)
    human_review_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    role = models.TextField(_("our role"))
    role_word = models.CharField(_("our role in a word"), max_length=40, blank=True)
    role_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    agreements = models.TextField(_("agreements"))
    agreements_word = models.CharField(_("agreements in a word"), max_length=40, blank=True)
    agreements_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Framework(models.Model):
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
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    authority = models.CharField(_("authority"), max_length=200)
    about = models.TextField(_("about"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def icon(self) -> str:
        return Framework.Kind(self.kind).icon


class Status(models.TextChoices):
    """The status of a certification. The value is part of /posture.json; the tone picks colour and icon."""

    CERTIFIED = "certified", _("Certified")
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
            case Status.CERTIFIED | Status.AVAILABLE | Status.COMPLIANT | Status.PUBLISHED:
                return "good"
            case Status.IN_PROGRESS | Status.EXPIRED:
                return "wait"
            case _:
                return "none"


# Expired follows from the date: a person who had to state it could forget to.
STATED = [(status.value, status.label) for status in Status if status is not Status.EXPIRED]


class Certification(models.Model):
    """The company's standing under one framework."""

    slug = models.SlugField(unique=True)
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="certifications")
    stated_status = models.CharField(_("status"), max_length=20, choices=STATED)
    stated_status_text = models.CharField(_("status in the framework's own word"), max_length=60)
    scope = models.TextField(_("scope"))
    notes = models.TextField(_("notes"), blank=True)
    as_of = models.DateField(_("as of"))
    evidence = models.JSONField(
        _("evidence"),
        default=list,
        blank=True,
        validators=[validate_slugs],
        help_text=_("Slugs of documents."),
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    period_start = models.DateField(_("period start"), null=True, blank=True)
    period_end = models.DateField(_("period end"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
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
                violation_error_message=_("A reporting period has a start and an end, in this order."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.framework}: {self.stated_status_text}"

    def status_on(self, day: date) -> Status:
        """The stated status, or `expired` once `valid_until` has passed."""
        if self.valid_until and self.valid_until < day:
            return Status.EXPIRED
        return Status(self.stated_status)

    def status_text_on(self, day: date) -> str:
        status = self.status_on(day)
        return str(status.label) if status is Status.EXPIRED else self.stated_status_text

    @property
    def status(self) -> Status:
        """The status today."""
        return self.status_on(timezone.localdate())

    @property
    def status_text(self) -> str:
        return self.status_text_on(timezone.localdate())

    @property
    def tone(self) -> str:
        return self.status.tone


class Topic(models.Model):
    """A topic that groups claims."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Claim(models.Model):
    """One public statement: a question and its answer, for products, as of a date."""

    slug = models.SlugField(unique=True, max_length=80)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="claims")
    question = models.CharField(_("question"), max_length=300)
    answer = models.TextField(_("answer"))
    products = models.ManyToManyField(
        Product, blank=True, related_name="claims", help_text=_("None means every product.")
    )
    as_of = models.DateField(_("as of"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    evidence = models.JSONField(
        _("evidence"),
        default=list,
        blank=True,
        validators=[validate_slugs],
        help_text=_("Slugs of documents."),
    )
    certification = models.ForeignKey(
        Certification,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="claims",
        verbose_name=_("certification"),
        help_text=_("Whose page shows this claim too."),
    )
    featured = models.BooleanField(_("shown on the overview"), default=False)
    not_offered = models.CharField(
        _("what is not offered"),
        max_length=100,
        blank=True,
        help_text=_("A few words such as “Keeping data in the EU” list this claim under “What is not offered”."),
    )
    not_offered_word = models.CharField(
        _("how far it is not offered"), max_length=40, blank=True, help_text=_("“Not offered” when empty.")
    )
    instead = models.TextField(_("instead"), blank=True, help_text=_("What a customer can do instead."))
    conflicts_with = models.ManyToManyField("self", symmetrical=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.question

    @property
    def is_expired(self) -> bool:
        return self.valid_until is not None and self.valid_until < timezone.localdate()

    @cached_property
    def contradicting(self) -> "list[Claim]":
        """The claims that contradict this one; pages show them side by side."""
        return list(self.conflicts_with.all())


class Subprocessor(models.Model):
    """A third party that processes customers' data for us."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=200)
    purpose = models.TextField(_("purpose"))
    data = models.TextField(_("data"))
    location = models.CharField(_("location"), max_length=200)
    products = models.ManyToManyField(
        Product, blank=True, related_name="subprocessors", help_text=_("None means every product.")
    )
    as_of = models.DateField(_("as of"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name
