"""What the requester of a request asked for and holds besides it, for its risks and the page at the desk."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import OuterRef, QuerySet, Subquery

from documents.models import AccessGrant
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus

MOST = 5


@dataclass(frozen=True)
class Denial:
    """The newest denial of a request."""

    document: str
    at: datetime
    reason: str


def with_held(items: QuerySet[RequestedDocument], instant: datetime) -> QuerySet[RequestedDocument]:
    """Adds `held_until`: until when something else than its own request opens each document to the requester."""
    held = AccessGrant.objects.filter(holder=OuterRef("request__requester"), document=OuterRef("document"))
    held = held.open_at(instant).exclude(requested_document__request=OuterRef("request"))
    return items.annotate(held_until=Subquery(held.values("ends_at")[:1]))


class Earlier:
    """Each part is read once, when somebody asks for it first."""

    def __init__(self, request: AccessRequest) -> None:
        self.request = request

    @property
    def requests(self) -> list[AccessRequest]:
        """The newest other requests, without drafts."""
        return self._own[:MOST]

    @property
    def revoked(self) -> AccessRequest | None:
        """The one that was revoked last."""
        found = [one for one in self._own if one.status == RequestStatus.REVOKED and one.closed_at]
        return max(found, key=lambda one: one.closed_at or one.created_at, default=None)

    @property
    def is_first(self) -> bool:
        """Whether nobody of the requester's company, or no requester without one, has asked before."""
        return not any(self._is_before(one) for one in self._others)

    @property
    def denied(self) -> Denial | None:
        """The newest denial."""
        found = [
            Denial(one.denied_document, one.denied_at, one.denied_reason)  # type: ignore[attr-defined]  # by _others
            for one in self._own
            if one.denied_at  # type: ignore[attr-defined]  # by _others
        ]
        return max(found, key=lambda one: one.at, default=None)

    @property
    def _own(self) -> list[AccessRequest]:
        return [one for one in self._others if one.requester_id == self._requester]

    @cached_property
    def _others(self) -> list[AccessRequest]:
        """The requester's newest requests, the ones that were denied and revoked last, however old they are, and one that
        the requester's company opened before this one; one query for all."""
        others = AccessRequest.objects.exclude(pk=self.request.pk).exclude(status=RequestStatus.DRAFT).order_by()
        own = others.filter(requester=self._requester)
        company = self.request.requester.company_id if self.request.requester else None
        before = others.filter(requester__company=company) if company else own
        before = before.filter(opened_at__lte=self.request.opened_at) if self.request.opened_at else before
        newest = own.order_by("-created_at")[:MOST]
        revoked = own.filter(status=RequestStatus.REVOKED, closed_at__isnull=False).order_by("-closed_at")[:1]
        denied = own.filter(items__decisions__verdict=Decision.Verdict.DENY)
        denied = denied.order_by("-items__decisions__decided_at")[:1]
        # A union of lists by id: for one list with "or", the database would look at every request.
        lists = [others.filter(pk__in=one.values("pk")).values("pk") for one in (newest, revoked, denied, before[:1])]
        found = AccessRequest.objects.filter(pk__in=lists[0].union(*lists[1:]))
        denials = Decision.objects.filter(item__request=OuterRef("pk"), verdict=Decision.Verdict.DENY)
        denials = denials.order_by("-decided_at")
        found = found.annotate(
            denied_at=Subquery(denials.values("decided_at")[:1]),
            denied_reason=Subquery(denials.values("reason")[:1]),
            denied_document=Subquery(denials.values("item__document__title")[:1]),
        )
        return list(found.order_by("-created_at"))

    def _is_before(self, other: AccessRequest) -> bool:
        # A date and not just "another one": a colleague who asks after this one does not make it a second request.
        at = self.request.opened_at
        return at is None or (other.opened_at is not None and other.opened_at <= at)

    @property
    def _requester(self) -> str | None:
        return self.request.requester_id
