from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from documents.models import AccessGrant, Document
from ndaflow.agreements.models import Signature
from trustcenter.accounts.fields import Address
from trustcenter.audit.facts import Answering, Personal
from trustcenter.web.fields import LineColumn
from trustcenter.web.typed import quoted, validate_lines
from trustcenter.work.ids import new_id, short

# The longest reason, question or answer, in characters.
LONGEST_TEXT = 2000


class RequestStatus(models.TextChoices):
    """The status of a request. Only `successors` says which status may follow which."""

    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    GRANTED = "granted", _("Granted")
    DENIED = "denied", _("Denied")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")

    @property
    def successors(self) -> "frozenset[RequestStatus]":
        status = RequestStatus
        match self:
            case status.DRAFT:
                return frozenset({status.OPEN})
            case status.OPEN:
                return frozenset({status.GRANTED, status.DENIED, status.WITHDRAWN, status.REVOKED})
            case status.GRANTED:
                return frozenset({status.EXPIRED, status.REVOKED})
            case _:
                return frozenset()

    @property
    def tone(self) -> str:
        match self:
            case RequestStatus.GRANTED:
                return "good"
            case RequestStatus.DRAFT | RequestStatus.OPEN:
                return "wait"
            case _:
                return "none"


class AccessRequest(Answering, models.Model):
    """One person's request for one or more documents. Only `flows` changes its status."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    status = models.CharField(max_length=10, choices=RequestStatus, default=RequestStatus.DRAFT, db_index=True)
    # Counts the steps, so that only one of two people who act on the same page wins.
    step = models.PositiveIntegerField(default=0)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="access_requests"
    )
    # As typed. Nobody has checked the company or the name.
    email = Address(_("work e-mail"))
    name = LineColumn(_("name"), max_length=150)
    company_name = LineColumn(_("company"), max_length=200)
    reason = models.TextField(_("reason"), max_length=LONGEST_TEXT, validators=[validate_lines])
    # The session that wrote the draft. Only this session may open it, once the mailbox is confirmed.
    session_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closing_reason = models.TextField(blank=True, validators=[validate_lines])
    # The colleague who may take the request over, because the requester may not sign; empty for none.
    forwarded_to = Address(blank=True)
    # The colleague's request that this one continues.
    continues = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="continued_by")
    documents = models.ManyToManyField(Document, through="RequestedDocument", related_name="access_requests")
    # Who answers it at the desk; see `flows.assign`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_requests"
    )
    # The response target in business hours, and when it is over; see `targets`.
    target_hours = models.PositiveSmallIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    # Since when the clock stands, because the request waits for somebody else.
    paused_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    # When its last document was decided, and how many business minutes we needed for it.
    decided_at = models.DateTimeField(null=True)
    decided_in = models.PositiveIntegerField(null=True)
    # The codes of `risks.Kind` as of `risks_at`, so that lists can be filtered by them.
    risks = models.JSONField(default=list, blank=True)
    has_warning = models.BooleanField(default=False)
    risks_at = models.DateTimeField(null=True)

    moving: ClassVar[frozenset[str]] = frozenset({"status", "closed_at"})

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["status", "opened_at"], name="request_queue"),
            models.Index(fields=["due_at"], name="request_due", condition=Q(status="open")),
            models.Index(fields=["opened_at"], name="request_opened_at"),
            models.Index(fields=["decided_at"], name="request_decided_at", condition=Q(decided_at__isnull=False)),
        ]
        permissions = [("decide_accessrequest", "Can decide requests")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft") | Q(requester__isnull=False, opened_at__isnull=False),
                name="request_open_has_a_proven_requester",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["denied", "revoked"]) | ~Q(closing_reason=""),
                name="request_no_silent_refusal",
            ),
            models.CheckConstraint(
                condition=Q(due_at=None, target_hours=None, paused_at=None)
                | Q(due_at__isnull=False, target_hours__isnull=False),
                name="request_clock_has_a_target",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_in=None) | Q(decided_at__isnull=False, decided_in__isnull=False),
                name="request_decided_in_some_time",
            ),
            models.CheckConstraint(condition=~Q(status="draft") | Q(owner=None), name="request_draft_has_no_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.email}"

    def facts(self) -> dict[str, Any]:
        return {
            "requester": self.requester_id,
            "email": Personal(self.email),
            "forwarded_to": Personal(self.forwarded_to),
            "continues": self.continues_id,
            "status": self.status,
            "opened_at": self.opened_at,
            "closed_at": self.closed_at,
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[AccessRequest]":
        # The author of a draft is unproven, and nothing depends on it.
        return cls.objects.exclude(status=RequestStatus.DRAFT)

    @property
    def tone(self) -> str:
        return RequestStatus(self.status).tone

    @property
    def reference(self) -> str:
        return short(self.id)

    @property
    def is_taken_over(self) -> bool:
        """Whether a colleague continues it. Lists select `continued_by` with it."""
        return hasattr(self, "continued_by")

    @property
    def company_words(self) -> str:
        """The company as staff read it: by its confirmed name, or as the requester stated it."""
        company = self.requester.company if self.requester else None
        if company is not None and company.confirmed_at is not None:
            return company.legal_name
        return gettext("%(company)s (stated by the requester)") % {"company": quoted(self.company_name)}


class RequestedDocument(Answering, models.Model):
    """One document of a request. It has its own decision and its own gates."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("Waiting for review")
        APPROVED = "approved", _("Approved")
        DENIED = "denied", _("Denied")
        LAPSED = "lapsed", _("Approval ended")
        WITHDRAWN = "withdrawn", _("Withdrawn")

        @property
        def tone(self) -> str:
            match self:
                case RequestedDocument.Outcome.APPROVED:
                    return "good"
                case RequestedDocument.Outcome.PENDING:
                    return "wait"
                case _:
                    return "none"

    request = models.ForeignKey(AccessRequest, on_delete=models.CASCADE, related_name="items")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.PENDING)
    # When it was denied, or its approval ended before its other gates passed.
    refused_at = models.DateTimeField(null=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.PROTECT, related_name="opened_documents")
    grant = models.OneToOneField(AccessGrant, null=True, on_delete=models.PROTECT, related_name="requested_document")

    moving: ClassVar[frozenset[str]] = frozenset({"outcome"})

    class Meta:
        ordering = ["document__position", "document__slug"]
        constraints = [
            models.UniqueConstraint(fields=["request", "document"], name="requested_document_once"),
            # No code can grant a document without an approval and a signature.
            models.CheckConstraint(
                condition=Q(grant=None) | Q(outcome="approved", signature__isnull=False),
                name="requested_document_grant_needs_gates_down",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["denied", "lapsed"], refused_at__isnull=False)
                | (~Q(outcome__in=["denied", "lapsed"]) & Q(refused_at=None)),
                name="requested_document_refused_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} of {self.request_id}"

    def facts(self) -> dict[str, Any]:
        return {
            "request": self.request_id,
            "document": self.document_id,
            "outcome": self.outcome,
            "refused_at": self.refused_at,
            "signature": self.signature_id,
            "grant": self.grant_id,
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[RequestedDocument]":
        return cls.objects.exclude(request__status=RequestStatus.DRAFT)

    @property
    def tone(self) -> str:
        return RequestedDocument.Outcome(self.outcome).tone

    @property
    def is_approved(self) -> bool:
        return self.outcome == RequestedDocument.Outcome.APPROVED

    @property
    def is_refused(self) -> bool:
        """Whether it was denied, or its approval ended before it opened."""
        return self.outcome in {RequestedDocument.Outcome.DENIED, RequestedDocument.Outcome.LAPSED}

    @property
    def is_settled(self) -> bool:
        """Whether it has opened or has been refused."""
        return self.grant_id is not None or self.is_refused or self.outcome == RequestedDocument.Outcome.WITHDRAWN

    @property
    def why_refused(self) -> str:
        """The reason that the requester reads; empty unless it was refused. Lists prefetch `decisions`."""
        if self.outcome == RequestedDocument.Outcome.LAPSED:
            return gettext("The approval ended before the other steps were done. Please request it again.")
        return "\n".join(d.reason for d in self.decisions.all() if d.verdict == Decision.Verdict.DENY)


class Decision(Answering, models.Model):
    """One approver's decision on one requested document. Rows are added and never changed."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", _("Approve")
        DENY = "deny", _("Deny")

    item = models.ForeignKey(RequestedDocument, on_delete=models.PROTECT, related_name="decisions")
    # First or second decision. The number keeps two people from both being first.
    position = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=7, choices=Verdict)
    until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, validators=[validate_lines])
    # Why it was approved despite a warning; for colleagues and the log, never for the requester.
    despite = models.TextField(blank=True, validators=[validate_lines])
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="decision_position_once"),
            models.UniqueConstraint(fields=["item", "decided_by"], name="decision_two_people_are_two"),
            models.CheckConstraint(condition=Q(position__in=[1, 2]), name="decision_first_or_second"),
            models.CheckConstraint(
                condition=Q(verdict="approve", until__isnull=False) | (Q(verdict="deny") & ~Q(reason="")),
                name="decision_has_an_end_or_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(verdict="approve") | Q(despite=""), name="decision_despite_is_for_approvals"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.item_id}"

    def facts(self) -> dict[str, Any]:
        return {
            "item": self.item_id,
            "position": self.position,
            "verdict": self.verdict,
            "until": self.until,
            "reason": Personal(self.reason),
            "despite": Personal(self.despite),
            "decided_by": self.decided_by_id,
            "decided_at": self.decided_at,
        }


class Question(models.Model):
    """A question of an approver. The request waits for the answer."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField(max_length=LONGEST_TEXT, validators=[validate_lines])
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(max_length=LONGEST_TEXT, blank=True, validators=[validate_lines])
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(answered_at=None), name="question_one_open"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
