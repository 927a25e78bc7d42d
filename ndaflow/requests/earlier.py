"""What the requester of a request asked for and holds besides it, for its risks and the page at the desk."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from documents.models import AccessGrant
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus

MOST = 5


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

    @cached_property
    def denied(self) -> Decision | None:
        """The newest denial; one query, or none for somebody who has asked only once."""
        if not self._own:
            return None
        found = Decision.objects.filter(item__request__requester=self._requester, verdict=Decision.Verdict.DENY)
        found = found.exclude(item__request=self.request).select_related("item__document")
        return found.order_by("-decided_at").first()

    def held(self, items: Sequence[RequestedDocument], instant: datetime) -> list[AccessGrant]:
        """What opens these documents of the request to its requester at `instant`, and is not from it; one query."""
        found = AccessGrant.objects.filter(holder=self._requester, document__in=[item.document_id for item in items])
        found = found.open_at(instant).exclude(requested_document__request=self.request).select_related("document")
        return list(found.order_by("document__position"))

    @property
    def _own(self) -> list[AccessRequest]:
        return [one for one in self._others if one.requester_id == self._requester]

    @cached_property
    def _others(self) -> list[AccessRequest]:
        """The requester's newest requests, the one that was revoked last, however old it is, and one that the requester's
        company opened before this one; one query for all."""
        others = AccessRequest.objects.exclude(pk=self.request.pk).exclude(status=RequestStatus.DRAFT).order_by()
        own = others.filter(requester=self._requester)
        company = self.request.requester.company_id if self.request.requester else None
        before = others.filter(requester__company=company) if company else own
        before = before.filter(opened_at__lte=self.request.opened_at) if self.request.opened_at else before
        newest = own.order_by("-created_at")[:MOST]
        revoked = own.filter(status=RequestStatus.REVOKED, closed_at__isnull=False).order_by("-closed_at")[:1]
        # A union of lists by id: for one list with "or", the database would look at every request.
        lists = [others.filter(pk__in=found.values("pk")) for found in (newest, revoked, before[:1])]
        return list(lists[0].union(*lists[1:]).order_by("-created_at"))

    def _is_before(self, other: AccessRequest) -> bool:
        # A date and not just "another one": a colleague who asks after this one does not make it a second request.
        at = self.request.opened_at
        return at is None or (other.opened_at is not None and other.opened_at <= at)

    @property
    def _requester(self) -> str | None:
        return self.request.requester_id
