"""What the requester of a request asked for and holds besides it, for its risks and the page at the desk."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from django.db.models import Q

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
        return self._named[:MOST]

    @property
    def revoked(self) -> AccessRequest | None:
        """The one that was revoked last."""
        found = [one for one in self._named if one.status == RequestStatus.REVOKED and one.closed_at]
        return max(found, key=lambda one: one.closed_at or one.created_at, default=None)

    @cached_property
    def denied(self) -> Decision | None:
        """The newest denial; one query."""
        found = Decision.objects.filter(item__request__requester=self._requester, verdict=Decision.Verdict.DENY)
        found = found.exclude(item__request=self.request).select_related("item__document")
        return found.order_by("-decided_at").first()

    def held(self, items: Sequence[RequestedDocument], instant: datetime) -> list[AccessGrant]:
        """What opens these documents of the request to its requester at `instant`, and is not from it; one query."""
        found = AccessGrant.objects.filter(holder=self._requester, document__in=[item.document_id for item in items])
        found = found.open_at(instant).exclude(requested_document__request=self.request).select_related("document")
        return list(found.order_by("document__position"))

    @cached_property
    def _named(self) -> list[AccessRequest]:
        """The newest requests, and the one that was revoked last, however old it is; one query for both."""
        others = AccessRequest.objects.filter(requester=self._requester).exclude(pk=self.request.pk)
        others = others.exclude(status=RequestStatus.DRAFT)
        newest = others.order_by("-created_at")[:MOST]
        revoked = others.filter(status=RequestStatus.REVOKED, closed_at__isnull=False).order_by("-closed_at")[:1]
        # Of `others` again: the database would look at every request for the two lists.
        found = others.filter(Q(pk__in=newest.values("pk")) | Q(pk__in=revoked.values("pk")))
        return list(found.order_by("-created_at"))

    @property
    def _requester(self) -> str | None:
        return self.request.requester_id
