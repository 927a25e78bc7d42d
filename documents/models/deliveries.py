from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models.documents import DocumentVersion
from documents.models.grants import AccessGrant
from trustcenter.audit.facts import Answering, Personal
from trustcenter.audit.text import digest
from trustcenter.vault.models import StoredFile
from trustcenter.web.fields import LineColumn
from trustcenter.work.ids import new_id


class Delivery(Answering, models.Model):
    """One marked download or one reading, or a version that staff opened at the desk. Its copy code is on every page."""

    class Kind(models.TextChoices):
        DOWNLOAD = "download", _("Downloaded")
        READING = "reading", _("Read on the screen")
        DESK = "desk", _("Opened at the desk")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.DOWNLOAD)
    # None at the desk only, where a permission opens the version.
    grant = models.ForeignKey(AccessGrant, null=True, on_delete=models.PROTECT, related_name="deliveries")
    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="deliveries")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deliveries")
    # As printed on the copy: people change their address and company, copies do not. A company that nobody has confirmed
    # is not printed.
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
        indexes = [
            # With what is counted of the last weeks, so that it needs no row of the table itself.
            models.Index(fields=["started_at", "version", "grant"], name="delivery_started_at"),
            # Who read what last, for every row of the access review.
            models.Index(fields=["reader", "-started_at"], name="delivery_last_of_a_reader"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256="", finished_at=None) | (~Q(sha256="") & Q(finished_at__isnull=False)),
                name="delivery_finished_has_its_hash",
            ),
            models.CheckConstraint(condition=~Q(mark_bits=b""), name="delivery_has_its_mark"),
            # A reading delivers no file, so there is nothing to hash.
            models.CheckConstraint(condition=Q(kind="download") | Q(sha256=""), name="delivery_reading_has_no_file"),
            models.CheckConstraint(
                condition=Q(kind="desk", grant=None) | (~Q(kind="desk") & Q(grant__isnull=False)),
                name="delivery_to_a_reader_has_a_grant",
            ),
        ]
        permissions = [("trace_delivery", "Can trace a leaked file to a delivery")]

    def __str__(self) -> str:
        return self.code

    def facts(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "kind": self.kind,
            "grant": self.grant_id,
            "version": self.version_id,
            "reader": self.reader_id,
            "printed": Personal(f"{self.printed_email}\n{self.printed_company}"),
            "mark": digest(bytes(self.mark_bits)),
            "started_at": self.started_at,
            "size": self.size,
            "sha256": self.sha256,
            "finished_at": self.finished_at,
        }


class ReadPage(models.Model):
    """One page that a reading showed, and when first. It says what a person looked at, not what they noted."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="read_pages")
    number = models.PositiveIntegerField()
    read_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["delivery", "number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="read_page_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.number}"


class Trace(Answering, models.Model):
    """A leaked file and the copy it was made from. The file is deleted once it has been read."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for its turn")
        READING = "reading", _("Being read")
        ANSWERED = "answered", _("Answered")
        FAILED = "failed", _("Could not be read")

    class Failure(models.TextChoices):
        """Why a file could not be read."""

        TOO_SLOW = "too_slow", _("Reading the file took too long. Please send fewer pages, or one page as a picture.")
        TOO_LARGE = (
            "too_large",
            _("The file unpacks to more than we can read. Please send one page of it as a picture."),
        )
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
        CHANGED = "changed", _("The log does not confirm the copy")
        NOBODY = "nobody", _("No copy found")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    # Empty if `manage.py trace` was used.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    name = LineColumn(max_length=200)
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

    def facts(self) -> dict[str, Any]:
        return {
            "asked_by": self.asked_by_id,
            "sha256": self.sha256,
            "verdict": self.verdict,
            "failure": self.failure,
            "delivery": self.delivery_id,
            "finished_at": self.finished_at,
        }

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
            case Trace.Verdict.POINTED | Trace.Verdict.MIXED | Trace.Verdict.AT_ODDS | Trace.Verdict.CHANGED:
                return "wait"
            case Trace.State.WAITING | Trace.State.READING:
                return "wait"
            case _:
                return "none"
