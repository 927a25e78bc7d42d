from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from documents.models import AccessGrant, Document
from ndaflow.requests.models.decisions import Decision
from ndaflow.requests.models.requests import AccessRequest, RequestStatus
from trustcenter.audit.facts import Answering


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

    def has_its_approvals(self, decisions: Iterable[Decision]) -> bool:
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
