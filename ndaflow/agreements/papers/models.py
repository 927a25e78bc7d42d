from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements.models import Agreement, Scope, SealCertificate, SignedCopy
from trustcenter.accounts.fields import Domain
from trustcenter.accounts.models import Company, User
from trustcenter.audit.facts import Answering, Personal
from trustcenter.vault.models import StoredFile
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id

LONGEST_NOTE = 2000


class Paper(Answering, models.Model):
    """A PDF under an agreement that was not signed here, and what legal decided about it.

    While it waits, it covers nobody. Accepted, it is the cause of coverage with the same dates. A scope wider than a
    person waits for an approver; until then it covers only the person who uploaded it, if the scope reaches them.
    """

    class Kind(models.TextChoices):
        ELSEWHERE = "elsewhere", _("Signed elsewhere")
        REDLINE = "redline", _("Our text with their changes")
        THEIRS = "theirs", _("Their own text")

    class State(models.TextChoices):
        WAITING = "waiting", _("For you to check")
        ACCEPTED = "accepted", _("On file")
        DECLINED = "declined", _("Declined")
        # By the person who uploaded it, or because their request ended first.
        WITHDRAWN = "withdrawn", _("Withdrawn")

        @property
        def tone(self) -> str:
            match self:
                case Paper.State.ACCEPTED:
                    return "good"
                case Paper.State.WAITING:
                    return "wait"
                case _:
                    return "none"

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING, db_index=True)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    # Of the PDF as it came.
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField()
    # What the person who uploaded it says about it, such as where the text differs from ours.
    note = models.TextField(max_length=LONGEST_NOTE, blank=True, validators=[validate_lines])
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="papers_added")
    added_at = models.DateTimeField(default=timezone.now)
    # The request from whose page it came.
    request = models.ForeignKey("ndaflow.AccessRequest", null=True, on_delete=models.PROTECT, related_name="papers")
    # Whom it is meant to cover: exactly one of the three once it is accepted. `Coverage` says whom it covers.
    scope = models.CharField(_("covers"), max_length=7, choices=Scope, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="papers_covering"
    )
    domain = Domain(max_length=253, blank=True)
    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="papers")
    # Days in the time zone of the site. It covers from the first moment of one to the last of the other.
    signed_on = models.DateField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    # Who accepted or declined it. Accepting states that both sides signed and that the paper allows marked copies.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="papers_decided"
    )
    decided_at = models.DateTimeField(null=True)
    # When it began to cover people; later than the decision for a paper that starts on a later day.
    begun_at = models.DateTimeField(null=True)
    # Why it was declined, which the person who uploaded it reads.
    reason = models.TextField(max_length=LONGEST_NOTE, blank=True, validators=[validate_lines])
    # Who had the operator's seal put on it, where the counterparty wants a countersignature.
    countersigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="papers_countersigned"
    )
    countersigned_at = models.DateTimeField(null=True)

    moving: ClassVar[frozenset[str]] = frozenset(
        {
            *("state", "scope", "person", "domain", "company", "signed_on", "starts_on", "ends_on"),
            *("decided_by", "decided_at", "begun_at", "reason", "countersigned_by", "countersigned_at"),
        }
    )

    class Meta:
        ordering = ["-added_at"]
        permissions = [("file_paper", "Can put papers on file and decide about uploaded ones")]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "agreement"], condition=Q(state="waiting"), name="paper_one_waits_per_request"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "withdrawn"], decided_by=None, decided_at=None)
                | Q(state__in=["accepted", "declined"], decided_by__isnull=False, decided_at__isnull=False),
                name="paper_decided_by_a_person",
            ),
            models.CheckConstraint(condition=~Q(state="declined") | ~Q(reason=""), name="paper_no_silent_refusal"),
            models.CheckConstraint(
                condition=Q(scope="", person=None, domain="", company=None)
                | Q(scope="person", person__isnull=False, domain="", company=None)
                | (Q(scope="domain", person=None, company=None) & ~Q(domain=""))
                | Q(scope="company", person=None, domain="", company__isnull=False),
                name="paper_covers_one_of_three",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | (~Q(scope="") & Q(signed_on__isnull=False, starts_on__isnull=False)),
                name="paper_on_file_has_scope_and_dates",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="paper_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(countersigned_by=None, countersigned_at=None)
                | Q(state="accepted", countersigned_by__isnull=False, countersigned_at__isnull=False),
                name="paper_countersigned_when_accepted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement.title}, {self.get_kind_display()}"

    def facts(self) -> dict[str, Any]:
        return {
            "agreement": self.agreement_id,
            "kind": self.kind,
            "state": self.state,
            "sha256": self.sha256,
            "pages": self.pages,
            "note": Personal(self.note),
            "added_by": self.added_by_id,
            "added_at": self.added_at,
            "request": self.request_id,
            "scope": self.scope,
            "person": self.person_id,
            "domain": self.domain,
            "company": self.company_id,
            "signed_on": _iso(self.signed_on),
            "starts_on": _iso(self.starts_on),
            "ends_on": _iso(self.ends_on),
            "decided_by": self.decided_by_id,
            "decided_at": self.decided_at,
            "begun_at": self.begun_at,
            "reason": Personal(self.reason),
            "countersigned_by": self.countersigned_by_id,
            "countersigned_at": self.countersigned_at,
        }

    @property
    def tone(self) -> str:
        return self.State(self.state).tone

    @property
    def named(self) -> dict[str, str]:
        """How a record names it."""
        return {"title": self.agreement.title, "paper": self.pk, "kind": self.kind}

    @property
    def covered(self) -> User | dict[str, str]:
        """How a record names whom it covers."""
        return self.person or {"title": self.company.legal_name if self.company else self.domain}

    @property
    def everyone_at(self) -> str:
        """The company or the mail domain that it is meant for."""
        return self.company.legal_name if self.company else self.domain

    @property
    def starts_at(self) -> datetime | None:
        """The first moment at which it covers."""
        return midnight(self.starts_on) if self.starts_on else None

    @property
    def ends_at(self) -> datetime | None:
        """The first moment at which it no longer covers, or None without an end."""
        return midnight(self.ends_on + timedelta(days=1)) if self.ends_on else None


class CountersignedPaper(Answering, models.Model):
    """The sealed PDF that holds an accepted paper, byte for byte, and says who accepted it for the operator."""

    paper = models.OneToOneField(Paper, primary_key=True, on_delete=models.PROTECT, related_name="copy")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    # Of the sealed PDF.
    sha256 = models.CharField(max_length=64, unique=True)
    level = models.CharField(max_length=3, choices=SignedCopy.Level)
    certificate = models.ForeignKey(SealCertificate, on_delete=models.PROTECT, related_name="countersigned")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(level__in=["B-B", "B-T"]), name="countersigned_paper_level")]

    def __str__(self) -> str:
        return f"countersigned copy of {self.paper_id}"

    def facts(self) -> dict[str, Any]:
        return {"sha256": self.sha256, "level": self.level, "certificate": self.certificate_id}


def midnight(day: date) -> datetime:
    """The first moment of a day, where the site is."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
