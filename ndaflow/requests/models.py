from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from documents.models import AccessGrant, Document
from trustcenter.accounts.fields import Address
from trustcenter.audit.facts import Answering, Personal
from trustcenter.audit.text import canonical
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
    # How a rule made the level stricter: so many people have to approve, legal too, and it is only read here.
    approvals_at_least = models.PositiveSmallIntegerField(default=0)
    needs_legal = models.BooleanField(default=False)
    show_only = models.BooleanField(default=False)
    # The coverage under which it opened, as the id of the row by the slug of the agreement; None before. The door does not
    # read it: it asks what covers the reader now.
    opened_under = models.JSONField(null=True)
    grant = models.OneToOneField(AccessGrant, null=True, on_delete=models.PROTECT, related_name="requested_document")

    # A grant is replaced when it is extended.
    moving: ClassVar[frozenset[str]] = frozenset(
        {"outcome", "approvals_at_least", "needs_legal", "show_only", "grant", "opened_under"}
    )

    class Meta:
        ordering = ["document__position", "document__slug"]
        # Of all documents that were ever requested, few wait.
        indexes = [models.Index(fields=["request"], condition=Q(outcome="pending"), name="requested_document_pending")]
        constraints = [
            models.UniqueConstraint(fields=["request", "document"], name="requested_document_once"),
            # No code can grant a document without an approval, and without saying what covered its reader.
            models.CheckConstraint(
                condition=Q(grant=None, opened_under__isnull=True) | Q(outcome="approved", opened_under__isnull=False),
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
            "approvals_at_least": self.approvals_at_least,
            "needs_legal": self.needs_legal,
            "show_only": self.show_only,
            "opened_under": self.opened_under,
            "grant": self.grant_id,
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[RequestedDocument]":
        return cls.objects.exclude(request__status=RequestStatus.DRAFT)

    @property
    def tone(self) -> str:
        return RequestedDocument.Outcome(self.outcome).tone

    @property
    def approvals_needed(self) -> int:
        """How many approvals it needs: those of its level, or more if a rule said so. Legal's is one more."""
        return max(self.document.approvals_needed, self.approvals_at_least) + self.needs_legal

    @property
    def waits_for_legal(self) -> bool:
        """Whether legal has to approve it and has not yet. Lists prefetch `decisions`."""
        return self.needs_legal and not any(decision.for_legal for decision in self.decisions.all())

    @property
    def is_view_only(self) -> bool:
        """Whether its requester may only read it here, page by page."""
        return self.show_only or self.document.is_view_only

    def has_its_approvals(self, decisions: "Iterable[Decision]") -> bool:
        """Whether these are all the approvals that it needs.

        What a rule made stricter is for people: an approval by a rule counts for the level, and never for that.
        """
        approvals = [decision for decision in decisions if decision.verdict == Decision.Verdict.APPROVE]
        people = [decision for decision in approvals if decision.decided_by_id is not None]
        return (
            len(approvals) >= self.approvals_needed
            and len(people) >= self.approvals_at_least + self.needs_legal
            and (not self.needs_legal or any(decision.for_legal for decision in people))
        )

    @property
    def lacks_approvals(self) -> bool:
        """Whether its level asks for more approvals than it has. Lists prefetch `decisions`."""
        return not self.has_its_approvals(self.decisions.all())

    @property
    def is_approved(self) -> bool:
        return self.outcome == RequestedDocument.Outcome.APPROVED

    @property
    def approvals_given(self) -> int:
        """How many people approved it. Lists prefetch `decisions`."""
        return sum(decision.verdict == Decision.Verdict.APPROVE for decision in self.decisions.all())

    @property
    def is_refused(self) -> bool:
        """Whether it was denied, or its approval ended before it opened."""
        return self.outcome in {RequestedDocument.Outcome.DENIED, RequestedDocument.Outcome.LAPSED}

    @property
    def is_settled(self) -> bool:
        """Whether it has opened or has been refused."""
        return self.grant_id is not None or self.is_refused or self.outcome == RequestedDocument.Outcome.WITHDRAWN

    @property
    def automatic(self) -> "Decision | None":
        """The decision of a rule on it, if one made any. Lists prefetch `decisions`."""
        return next((decision for decision in self.decisions.all() if decision.is_automatic), None)

    @property
    def why_refused(self) -> str:
        """The reason that the requester reads; empty unless it was refused. Lists prefetch `decisions`."""
        if self.outcome == RequestedDocument.Outcome.LAPSED:
            return gettext("The approval ended before the other steps were done. Please request it again.")
        return "\n".join(d.reason for d in self.decisions.all() if d.verdict == Decision.Verdict.DENY)


class Because(models.TextChoices):
    """What a requester may read about why a rule approved. Lists and risks have none: they are for colleagues only."""

    CUSTOMER = "customer", _("your company is a confirmed customer")
    CONFIRMED = "confirmed", _("your company is confirmed")
    COVERED = "covered", _("the agreements are in force for you")


class Decision(Answering, models.Model):
    """The decision of one person, or of one rule, on one requested document. Rows are added and never changed."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", _("Approve")
        DENY = "deny", _("Deny")

    item = models.ForeignKey(RequestedDocument, on_delete=models.PROTECT, related_name="decisions")
    # 1 for the first decision. The number keeps two people from both being first.
    position = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=7, choices=Verdict)
    until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, validators=[validate_lines])
    # Why it was approved despite a warning; for colleagues and the log, never for the requester.
    despite = models.TextField(blank=True, validators=[validate_lines])
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    # Whether the person decided with the permission of legal.
    for_legal = models.BooleanField(default=False)
    # The rule that decided instead of a person: its version, its number there, and the facts that it read.
    rule_version = models.ForeignKey(
        "ndaflow.RuleVersion", null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    rule = models.PositiveSmallIntegerField(null=True)
    rule_facts = models.JSONField(default=dict)
    # What the requester may read about why a rule approved it: values of `Because`.
    because = models.JSONField(default=list)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="decision_position_once"),
            models.UniqueConstraint(fields=["item", "decided_by"], name="decision_two_people_are_two"),
            models.UniqueConstraint(fields=["item"], condition=Q(decided_by=None), name="decision_rules_decide_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="decision_positions_begin_with_one"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False, rule_version=None, rule=None)
                | Q(decided_by=None, for_legal=False, rule_version__isnull=False, rule__isnull=False, despite=""),
                name="decision_has_exactly_one_decider",
            ),
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

    @property
    def is_automatic(self) -> bool:
        """Whether a rule made it, and not a person."""
        return self.decided_by_id is None

    @property
    def why_automatic(self) -> str:
        """What the requester reads about an approval by a rule: facts that they know, never lists or risks."""
        reasons = [str(Because(code).label) for code in self.because if code in Because.values]
        return get_text_list(reasons, gettext("and"))

    @property
    def decider(self) -> str:
        """Who decided, for staff."""
        if self.rule_version is None or self.rule is None:
            return str(self.decided_by)
        return _rule(self.rule, self.rule_version.name_of(self.rule), self.rule_version.number)

    def facts(self) -> dict[str, Any]:
        return {
            "item": self.item_id,
            "position": self.position,
            "verdict": self.verdict,
            "until": self.until,
            "reason": Personal(self.reason),
            "despite": Personal(self.despite),
            "decided_by": self.decided_by_id,
            "for_legal": self.for_legal,
            "rule_version": self.rule_version_id,
            "rule": self.rule,
            "rule_facts": Personal(canonical(self.rule_facts)),
            "decided_at": self.decided_at,
        }


class Question(models.Model):
    """A question of an approver or of a rule. The request waits for the answer."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField(max_length=LONGEST_TEXT, validators=[validate_lines])
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    rule_version = models.ForeignKey("ndaflow.RuleVersion", null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.PositiveSmallIntegerField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(max_length=LONGEST_TEXT, blank=True, validators=[validate_lines])
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(answered_at=None), name="question_one_open"),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=False, rule_version=None, rule=None)
                | Q(asked_by=None, rule_version__isnull=False, rule__isnull=False),
                name="question_has_exactly_one_asker",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def asker(self) -> str:
        """Who asked, for staff."""
        if self.rule_version is None or self.rule is None:
            return str(self.asked_by)
        return _rule(self.rule, self.rule_version.name_of(self.rule), self.rule_version.number)


def _rule(number: int, name: str, version: int) -> str:
    words = {"number": number, "name": quoted(name), "version": version}
    return gettext("rule %(number)s, %(name)s, of version %(version)s") % words
