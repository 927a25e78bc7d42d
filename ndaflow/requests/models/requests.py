from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from documents.models import Document
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


# What the queue lists apart from the open ones; its index names them too, in this order.
NO_LONGER_OPEN = (
    *(RequestStatus.GRANTED, RequestStatus.DENIED, RequestStatus.WITHDRAWN),
    *(RequestStatus.EXPIRED, RequestStatus.REVOKED),
)


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
    # Where the requester says they are (ISO 3166-1), and for how many days they ask; empty if they do not say.
    country = models.CharField(_("country"), max_length=2, blank=True)
    days_wanted = models.PositiveSmallIntegerField(_("how long"), null=True)
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
    # The link by which a colleague had shared the public page with the visitor, as far as the browser told.
    share_link = models.ForeignKey("ShareLink", null=True, on_delete=models.PROTECT, related_name="requests")
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
            # Of all requests that somebody ever owned, few are open.
            models.Index(fields=["owner"], condition=Q(status="open"), name="request_open_by_owner"),
            # The pages of what is no longer open: the last of them skips all the others, without a look at their rows.
            models.Index(
                fields=["-opened_at", "id", "status"], name="request_closed", condition=Q(status__in=NO_LONGER_OPEN)
            ),
            # With all that the charts of the last weeks read, so that they need no row of the table itself.
            models.Index(fields=["opened_at", "target_hours", "status", "requester"], name="request_opened_at"),
            models.Index(
                fields=["decided_at", "decided_in", "target_hours"],
                name="request_decided_at",
                condition=Q(decided_at__isnull=False),
            ),
        ]
        permissions = [
            ("decide_accessrequest", "Can decide requests"),
            ("decide_for_legal", "Can decide what a rule sends to legal"),
        ]
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
