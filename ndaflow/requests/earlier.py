"""What the requester of a request asked for and holds besides it, for its risks and the page at the desk."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from documents.models import AccessGrant
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus

MOST = 5

# As SQL, because every step of a request asks, and Django takes much longer to write it than the database to answer it.
# A union of lists by id: for one list with "or", the database would look at every request.
OTHERS = """
    SELECT found.*, (
        SELECT decision.id FROM ndaflow_decision decision
        JOIN ndaflow_requesteddocument item ON item.id = decision.item_id
        WHERE item.request_id = found.id AND decision.verdict = 'deny' ORDER BY decision.decided_at DESC LIMIT 1
    ) AS denial_id
    FROM ndaflow_accessrequest found WHERE found.id IN (
        SELECT id FROM (
            SELECT id FROM ndaflow_accessrequest
            WHERE requester_id = %(requester)s AND id <> %(request)s AND status <> 'draft'
            ORDER BY created_at DESC LIMIT %(most)s
        ) newest
        UNION SELECT id FROM (
            SELECT id FROM ndaflow_accessrequest
            WHERE requester_id = %(requester)s AND id <> %(request)s AND status = 'revoked' AND closed_at IS NOT NULL
            ORDER BY closed_at DESC LIMIT 1
        ) revoked
        UNION SELECT id FROM (
            SELECT other.id FROM ndaflow_accessrequest other
            JOIN ndaflow_requesteddocument item ON item.request_id = other.id
            JOIN ndaflow_decision decision ON decision.item_id = item.id
            WHERE other.requester_id = %(requester)s AND other.id <> %(request)s AND other.status <> 'draft'
            AND decision.verdict = 'deny' ORDER BY decision.decided_at DESC LIMIT 1
        ) denied
        UNION SELECT id FROM (
            SELECT other.id FROM ndaflow_accessrequest other JOIN accounts_user asker ON asker.id = other.requester_id
            WHERE (asker.company_id = %(company)s OR asker.id = %(requester)s)
            AND other.id <> %(request)s AND other.status <> 'draft'
            AND (%(opened)s IS NULL OR other.opened_at <= %(opened)s) LIMIT 1
        ) before
    ) ORDER BY found.created_at DESC
"""


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
        """The newest denial; one query more if there is one."""
        denials = [one.denial_id for one in self._own if one.denial_id]  # type: ignore[attr-defined]  # by OTHERS
        if not denials:
            return None
        newest = Decision.objects.filter(pk__in=denials).select_related("item__document").latest("decided_at")
        return Denial(newest.item.document.title, newest.decided_at, newest.reason)

    @property
    def _own(self) -> list[AccessRequest]:
        return [one for one in self._others if one.requester_id == self._requester]

    @cached_property
    def _others(self) -> list[AccessRequest]:
        """The requester's newest requests, the ones that were denied and revoked last, however old they are, and one that
        the requester's company opened before this one; one query for all."""
        requester, opened = self.request.requester, self.request.opened_at
        names = {
            "request": self.request.pk,
            "requester": self._requester,
            "company": requester.company_id if requester else None,
            "opened": connection.ops.adapt_datetimefield_value(opened) if opened else None,
            "most": MOST,
        }
        return list(AccessRequest.objects.raw(OTHERS, names))

    def _is_before(self, other: AccessRequest) -> bool:
        # A date and not just "another one": a colleague who asks after this one does not make it a second request.
        at = self.request.opened_at
        return at is None or (other.opened_at is not None and other.opened_at <= at)

    @property
    def _requester(self) -> str | None:
        return self.request.requester_id
