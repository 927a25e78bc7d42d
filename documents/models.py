from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.intake import refusals
from trustcenter.vault.models import StoredFile
from trustcenter.work.ids import new_id


class Document(models.Model):
    """A report, certificate or other paper that readers may get."""

    class Kind(models.TextChoices):
        SOC2_REPORT = "soc2_report", _("SOC 2 report")
        CERTIFICATE = "certificate", _("Certificate")
        PENETRATION_TEST = "penetration_test", _("Penetration test")
        QUESTIONNAIRE = "questionnaire", _("Questionnaire")
        AGREEMENT = "agreement", _("Agreement")
        BRIDGE_LETTER = "bridge_letter", _("Bridge letter")

        @property
        def icon(self) -> str:
            """The name of its symbol in icons.svg."""
            match self:
                case Document.Kind.SOC2_REPORT:
                    return "report"
                case Document.Kind.CERTIFICATE:
                    return "certificate"
                case Document.Kind.QUESTIONNAIRE:
                    return "list"
                case _:
                    return "doc"

    class Class(models.TextChoices):
        """Who may read a document, and what that requires. A missing row never opens anything."""

        PUBLIC = "public", _("Open to everyone")
        NDA = "nda", _("Under NDA")
        RESTRICTED = "restricted", _("Restricted")

        @property
        def is_gated(self) -> bool:
            return self is not Document.Class.PUBLIC

        @property
        def approvals_needed(self) -> int:
            match self:
                case Document.Class.PUBLIC:
                    return 0
                case Document.Class.NDA:
                    return 1
                case _:
                    return 2

        @property
        def is_view_only(self) -> bool:
            """Whether it is shown page by page and never delivered as a file."""
            return self is Document.Class.RESTRICTED

    slug = models.SlugField(unique=True)
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # RESTRICTED by default: if somebody forgets to choose a class, the document stays shut.
    access_class = models.CharField(_("class"), max_length=12, choices=Class, default=Class.RESTRICTED)
    summary = models.TextField(_("summary"), blank=True)
    as_of = models.DateField(_("as of"))
    period_start = models.DateField(_("period start"), null=True, blank=True)
    period_end = models.DateField(_("period end"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title

    @property
    def icon(self) -> str:
        return Document.Kind(self.kind).icon

    @property
    def named(self) -> dict[str, str]:
        """How a record names it."""
        return {"slug": self.slug, "title": self.title}

    @property
    def is_gated(self) -> bool:
        return Document.Class(self.access_class).is_gated

    @property
    def approvals_needed(self) -> int:
        return Document.Class(self.access_class).approvals_needed

    @property
    def is_view_only(self) -> bool:
        return Document.Class(self.access_class).is_view_only

    @property
    def current(self) -> "DocumentVersion | None":
        """The version that readers get. Lists prefetch `versions`, which avoids a query for each document."""
        return next((v for v in self.versions.all() if v.state == DocumentVersion.State.CURRENT), None)

    @property
    def newest(self) -> "DocumentVersion | None":
        """The last upload, whatever its state."""
        return max(self.versions.all(), key=lambda version: version.number, default=None)


class DocumentVersion(models.Model):
    """One upload: the original and its reading copy. Immutable once checked."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CURRENT = "current", _("Current")
        SUPERSEDED = "superseded", _("Former version")
        REFUSED = "refused", _("Refused")

        @property
        def tone(self) -> str:
            match self:
                case DocumentVersion.State.CURRENT:
                    return "good"
                case DocumentVersion.State.CHECKING:
                    return "wait"
                case DocumentVersion.State.REFUSED:
                    return "bad"
                case _:
                    return "none"

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.CHECKING)
    original = models.OneToOneField(StoredFile, null=True, on_delete=models.PROTECT, related_name="original_of")
    reading_copy = models.OneToOneField(StoredFile, null=True, on_delete=models.PROTECT, related_name="reading_copy_of")
    # Where the marks are written into the reading copy: [{"offset": int, "length": int, "field": str}], in bytes.
    mark_slots = models.JSONField(default=list)
    pages = models.PositiveIntegerField(null=True)
    # Marking breaks an auditor's digital signature, so readers are told that the original had one.
    carries_signature = models.BooleanField(default=False)
    refusal = models.CharField(max_length=20, choices=refusals.choices, blank=True)
    # Why its pages cannot be shown, if that was found only after the version passed its checks.
    drawing_failure = models.CharField(max_length=20, choices=refusals.choices, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["document", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["document"], condition=Q(state="current"), name="version_one_current"),
            # A file that cannot be marked must never become the current version.
            models.CheckConstraint(
                condition=~Q(state__in=["current", "superseded"])
                | Q(original__isnull=False, reading_copy__isnull=False, pages__gte=1),
                name="version_current_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | (Q(original=None, reading_copy=None) & ~Q(refusal="")),
                name="version_refused_keeps_no_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} v{self.number}"

    @property
    def tone(self) -> str:
        return DocumentVersion.State(self.state).tone

    @property
    def pages_drawn(self) -> int:
        """How many pages have a picture. Lists prefetch `page_images`."""
        return sum(batch.last - batch.first + 1 for batch in self.page_images.all())

    @property
    def is_being_drawn(self) -> bool:
        """Whether readers have to wait for pictures of its pages."""
        return self.document.is_view_only and not self.drawing_failure and self.pages_drawn < (self.pages or 0)


class PageImages(models.Model):
    """Pictures of consecutive pages of a version, concatenated in one stored file."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="page_images")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="page_images")
    # Where each page's picture is in the file: [{"offset": int, "length": int, "width": int, "height": int}], bytes and pixels.
    places = models.JSONField()

    class Meta:
        ordering = ["version", "first"]
        verbose_name_plural = _("page images")
        constraints = [
            # If two workers draw the same pages, one set of pictures is kept.
            models.UniqueConstraint(fields=["version", "first"], name="page_images_once"),
            models.CheckConstraint(condition=Q(first__gte=1, last__gte=F("first")), name="page_images_are_in_order"),
        ]

    def __str__(self) -> str:
        return f"pages {self.first} to {self.last} of {self.version_id}"


class GrantQuerySet(models.QuerySet["AccessGrant"]):
    def lock(self) -> None:
        """Locks these grants until commit, always in the same order, so that two transactions cannot deadlock."""
        list(self.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk"))

    def open_at(self, instant: datetime) -> "GrantQuerySet":
        """The grants that are open at `instant`."""
        return self.filter(
            Q(covered_until=None) | Q(covered_until__gt=instant),
            ended_at=None,
            starts_at__lte=instant,
            ends_at__gt=instant,
        )


class AccessGrant(models.Model):
    """The right of one person to read one document, from one instant until another."""

    class End(models.TextChoices):
        REVOKED = "revoked", _("Revoked")
        REPLACED = "replaced", _("Replaced by a newer grant")
        EXPIRED = "expired", _("Expired")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="grants")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    # How many people approved it. If the document becomes restricted, a grant with one approval no longer opens it.
    approvals = models.PositiveSmallIntegerField(default=0)
    # Until when the agreement behind the grant is in force; None while no end is known.
    covered_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="grant_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
                name="grant_end_has_a_reason",
            ),
            # With two live grants, revoking one would leave the document open.
            models.UniqueConstraint(
                fields=["holder", "document"], condition=Q(ended_at=None), name="grant_one_live_per_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder_id} reads {self.document_id} until {self.ends_at:%Y-%m-%d}"

    def is_open_at(self, instant: datetime) -> bool:
        """The rule of `open_at` for one grant."""
        return (
            self.ended_at is None
            and self.starts_at <= instant < self.ends_at
            and (self.covered_until is None or instant < self.covered_until)
        )


class Delivery(models.Model):
    """One marked download or one reading. Its copy code is on every page."""

    class Kind(models.TextChoices):
        DOWNLOAD = "download", _("Downloaded")
        READING = "reading", _("Read on the screen")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.DOWNLOAD)
    grant = models.ForeignKey(AccessGrant, on_delete=models.PROTECT, related_name="deliveries")
    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="deliveries")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deliveries")
    # As printed on the copy: people change their address and company, copies do not.
    printed_email = models.EmailField()
    printed_company = models.CharField(max_length=200)
    session_hash = models.CharField(max_length=64)
    # The bits of the second mark, drawn at random.
    mark_bits = models.BinaryField(max_length=64, unique=True, editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    size = models.PositiveBigIntegerField()
    # Set before the last byte is sent; empty for an interrupted download.
    sha256 = models.CharField(max_length=64, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        verbose_name_plural = _("deliveries")
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256="", finished_at=None) | (~Q(sha256="") & Q(finished_at__isnull=False)),
                name="delivery_finished_has_its_hash",
            ),
            models.CheckConstraint(condition=~Q(mark_bits=b""), name="delivery_has_its_mark"),
            # A reading delivers no file, so there is nothing to hash.
            models.CheckConstraint(condition=~Q(kind="reading") | Q(sha256=""), name="delivery_reading_has_no_file"),
        ]
        permissions = [("trace_delivery", "Can trace a leaked file to a delivery")]

    def __str__(self) -> str:
        return self.code


class Trace(models.Model):
    """A leaked file and the copy it was made from. The file is deleted once it has been read."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for its turn")
        READING = "reading", _("Being read")
        ANSWERED = "answered", _("Answered")
        FAILED = "failed", _("Could not be read")

    class Failure(models.TextChoices):
        """Why a file could not be read."""

        TOO_SLOW = "too_slow", _("Reading the file took too long. Please send fewer pages, or one page as a picture.")
        TOO_LARGE = "too_large", _("The file unpacks to more than we read. Please send one page of it as a picture.")
        BROKEN = (
            "broken",
            _("The file is damaged or encrypted, so nothing in it could be read. Please send a page as a picture."),
        )
        LOST = "lost", _("The file could not be read because of a fault on our side. Please send it again.")

    class Verdict(models.TextChoices):
        """The conclusion from all evidence."""

        NAMED = "named", _("One copy, proven")
        POINTED = "pointed", _("One copy, by its code alone")
        MIXED = "mixed", _("Made of several copies")
        AT_ODDS = "at_odds", _("The evidence disagrees")
        NOBODY = "nobody", _("No copy found")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    # Empty if `manage.py trace` was used.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.OneToOneField(StoredFile, null=True, on_delete=models.PROTECT, related_name="trace")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    # The one delivery that the evidence points to. A code alone points to it and proves nothing.
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="traces")
    # See `tracing.answers.Answer`.
    findings = models.JSONField(default=dict)
    failure = models.CharField(max_length=10, choices=Failure, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "reading"], finished_at=None, verdict="", failure="")
                | (Q(state="answered", finished_at__isnull=False, failure="") & ~Q(verdict=""))
                | (Q(state="failed", finished_at__isnull=False, verdict="") & ~Q(failure="")),
                name="trace_state_fits_its_end",
            ),
            models.CheckConstraint(condition=Q(finished_at=None) | Q(file=None), name="trace_finished_keeps_no_file"),
            models.CheckConstraint(
                condition=Q(verdict__in=["named", "pointed"], delivery__isnull=False)
                | (~Q(verdict__in=["named", "pointed"]) & Q(delivery=None)),
                name="trace_names_one_delivery_or_none",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def words(self) -> str:
        """The verdict, or the state while there is none."""
        return str(self.get_verdict_display() if self.verdict else self.get_state_display())

    @property
    def tone(self) -> str:
        match self.verdict or self.state:
            case Trace.Verdict.NAMED:
                return "good"
            case Trace.Verdict.POINTED | Trace.Verdict.MIXED | Trace.Verdict.AT_ODDS:
                return "wait"
            case Trace.State.WAITING | Trace.State.READING:
                return "wait"
            case _:
                return "none"
