from dataclasses import replace
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models.translations import Translated
from documents.intake import refusals
from documents.intake.flaws import Flaw
from documents.models.levels import OUT_OF_REACH, Level, Terms
from trustcenter.audit.facts import Answering
from trustcenter.audit.text import canonical, digest
from trustcenter.vault.models import StoredFile
from trustcenter.web.fields import LineColumn
from trustcenter.work.ids import new_id


class Document(Translated, Answering, models.Model):
    """A report, certificate or other paper that readers may get."""

    translatable = ("title", "summary")

    class Kind(models.TextChoices):
        SOC2_REPORT = "soc2_report", _("SOC 2 report")
        CERTIFICATE = "certificate", _("Certificate")
        PENETRATION_TEST = "penetration_test", _("Penetration test")
        QUESTIONNAIRE = "questionnaire", _("Questionnaire")
        AGREEMENT = "agreement", _("Agreement")
        BRIDGE_LETTER = "bridge_letter", _("Bridge letter")
        INSURANCE_CERTIFICATE = "insurance_certificate", _("Insurance certificate")
        POLICY = "policy", _("Policy")
        DIAGRAM = "diagram", _("Diagram")

        @property
        def icon(self) -> str:
            """The name of its symbol in icons.svg."""
            match self:
                case Document.Kind.SOC2_REPORT:
                    return "report"
                case Document.Kind.CERTIFICATE | Document.Kind.INSURANCE_CERTIFICATE:
                    return "certificate"
                case Document.Kind.QUESTIONNAIRE:
                    return "list"
                case Document.Kind.DIAGRAM:
                    return "columns"
                case _:
                    return "doc"

    slug = models.SlugField(unique=True)
    title = LineColumn(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    # Who may read it. If it has none, or its level is missing, it stays shut.
    level = models.ForeignKey(
        Level, null=True, blank=True, on_delete=models.PROTECT, related_name="documents", verbose_name=_("level")
    )
    # The slugs of agreements that it requires besides those of its level.
    agreements = models.JSONField(_("further agreements"), default=list, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    as_of = models.DateField(_("as of"))
    period_start = models.DateField(_("period start"), null=True, blank=True)
    period_end = models.DateField(_("period end"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    moving: ClassVar[frozenset[str]] = frozenset({"slug", "level", "agreements"})

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title

    def facts(self) -> dict[str, Any]:
        return {"slug": self.slug, "level": self.level_id, "agreements": sorted(self.agreements)}

    @property
    def icon(self) -> str:
        return Document.Kind(self.kind).icon

    @property
    def named(self) -> dict[str, str]:
        """How a record names it."""
        return {"slug": self.slug, "title": self.title}

    # Without a level a document is gated, shown as pages, and needs more approvals than anybody can give.

    @property
    def is_gated(self) -> bool:
        return self.level is None or self.level.is_gated

    @property
    def approvals_needed(self) -> int:
        return OUT_OF_REACH if self.level is None else self.level.approvals

    @property
    def is_view_only(self) -> bool:
        """Whether it is shown page by page and never delivered as a file."""
        return self.level is None or self.level.is_view_only

    @property
    def required_agreements(self) -> tuple[str, ...]:
        """The slugs of the agreements that have to cover its reader: those of its level, then its own."""
        of_level = self.level.agreements if self.level else []
        return tuple(dict.fromkeys([*of_level, *self.agreements]))

    @property
    def can_be_requested(self) -> bool:
        """Whether a request can open it. Lists prefetch `versions`."""
        return self.level is not None and self.level.is_gated and self.current is not None

    @property
    def terms(self) -> Terms | None:
        """What opens it; None if nothing does."""
        if self.level is None:
            return None
        return replace(self.level.terms, agreements=frozenset(self.required_agreements))

    @property
    def current(self) -> "DocumentVersion | None":
        """The version that readers get. Lists prefetch `versions`, which avoids a query for each document."""
        return next((v for v in self.versions.all() if v.state == DocumentVersion.State.CURRENT), None)

    @property
    def newest(self) -> "DocumentVersion | None":
        """The last upload, whatever its state."""
        return max(self.versions.all(), key=lambda version: version.number, default=None)


class DocumentVersion(Answering, models.Model):
    """One upload: the original and its reading copy. Immutable once checked."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        # It passed its checks and waits for a person who looks at it and publishes it.
        READY = "ready", _("Ready to publish")
        CURRENT = "current", _("Current")
        SUPERSEDED = "superseded", _("Former version")
        REFUSED = "refused", _("Refused")
        DISCARDED = "discarded", _("Discarded")

        @property
        def tone(self) -> str:
            match self:
                case DocumentVersion.State.CURRENT:
                    return "good"
                case DocumentVersion.State.CHECKING | DocumentVersion.State.READY:
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
    # On so many pages of the reading copy, counted from the first, the mark is proven to show.
    pages_proven = models.PositiveIntegerField(default=0)
    # Marking breaks an auditor's digital signature, so readers are told that the original had one.
    carries_signature = models.BooleanField(default=False)
    refusal = models.CharField(max_length=20, choices=refusals.choices, blank=True)
    # The page that has the flaw, if it is one page's.
    refusal_page = models.PositiveIntegerField(null=True)
    # The copy code, if it is a copy that a reader was given.
    refusal_code = models.CharField(max_length=14, blank=True)
    # Why its pages cannot be shown, if that was found only after the version passed its checks.
    drawing_failure = models.CharField(max_length=20, choices=refusals.choices, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)
    # When it last became the current version, and the dates of the document that were confirmed with it.
    published_at = models.DateTimeField(null=True)
    as_of = models.DateField(_("as of"), null=True)
    period_start = models.DateField(_("period start"), null=True)
    period_end = models.DateField(_("period end"), null=True)
    valid_until = models.DateField(_("valid until"), null=True)
    # When its check last could not run because the sandbox was not available.
    check_unavailable_at = models.DateTimeField(null=True)

    moving: ClassVar[frozenset[str]] = frozenset({"state"})

    class Meta:
        ordering = ["document", "-number"]
        permissions = [("preview_documentversion", "Can open every version at the desk")]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["document"], condition=Q(state="current"), name="version_one_current"),
            # A file with a page that cannot be marked must never become the current version.
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "current", "superseded"])
                | Q(original__isnull=False, reading_copy__isnull=False, pages__gte=1, pages_proven=F("pages")),
                name="version_current_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | (Q(original=None, reading_copy=None) & ~Q(refusal="")),
                name="version_refused_keeps_no_file",
            ),
            models.CheckConstraint(
                condition=~Q(state="discarded") | Q(original=None, reading_copy=None),
                name="version_discarded_keeps_no_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} v{self.number}"

    def facts(self) -> dict[str, Any]:
        facts = {"document": self.document_id, "number": self.number, "state": self.state}
        if self.original:
            facts["original"] = self.original.sha256
        if self.reading_copy and self.state != self.State.CHECKING:
            slots = digest(canonical({"slots": self.mark_slots}))
            facts |= {"reading_copy": self.reading_copy.sha256, "pages": self.pages, "mark_slots": slots}
        return facts

    @classmethod
    def answering(cls) -> "models.QuerySet[DocumentVersion]":
        return cls.objects.select_related("original", "reading_copy")

    @property
    def tone(self) -> str:
        return DocumentVersion.State(self.state).tone

    @property
    def can_be_published(self) -> bool:
        """Whether it can become the current version: for the first time, or again."""
        return self.state in {self.State.READY, self.State.SUPERSEDED}

    @property
    def can_be_opened(self) -> bool:
        """Whether staff can look at its pages."""
        return self.state in {self.State.READY, self.State.CURRENT, self.State.SUPERSEDED}

    @property
    def waits_for_sandbox(self) -> bool:
        """Whether its check could not run when it was last tried. One that runs has counted the pages."""
        return self.state == self.State.CHECKING and self.check_unavailable_at is not None and self.pages is None

    @property
    def refusal_sentence(self) -> str:
        return refusals.sentence(Flaw(self.refusal), self.refusal_page, self.refusal_code)

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
