"""The end of access: an approver revokes it, or it has expired."""

from documents.models import AccessGrant
from ndaflow.requests.copies import asking as copies
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.step import move, must_be_approver, requester_of, step
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Refusal, Step
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome


def revoke(request: AccessRequest, *, by: User, reason: str, destroy: bool = False) -> AccessRequest:
    """Ends all access that the request gave, and denies its undecided documents.

    With `destroy`, the requester is asked to destroy the copies of its documents that left.
    """
    was = [RequestStatus.OPEN, RequestStatus.GRANTED]
    with step(request, Step.REVOKE, was=was, by=by) as (change, request):
        must_be_approver(by)
        reason = checked.lines(reason)
        if not reason:
            raise FlowError(Refusal.NO_REASON)
        if not request.items.exclude(grant=None).exists():
            raise FlowError(Refusal.MOVED_ON)
        requester = requester_of(request)
        _end_grants(change, request, AccessGrant.End.REVOKED)
        waiting = request.items.filter(grant=None, outcome__in=[Outcome.PENDING, Outcome.APPROVED])
        waiting.update(outcome=Outcome.DENIED, refused_at=change.at)
        move(request, RequestStatus.REVOKED, closed_at=change.at, closing_reason=reason)
        change.record(Action.REQUEST_REVOKED, subject=request, requester=requester, reason=reason)
        documents = list(request.items.values_list("document", flat=True))
        asked = copies.ask(change, requester, reason=reason, by=by, documents=documents) if destroy else None
        tell(change, request, "request_revoked", asked=asked)
    return request


def expire(request: AccessRequest) -> AccessRequest:
    """Closes a request whose last grant has ended. Access ended on time without this."""
    with step(request, Step.EXPIRE, was=[RequestStatus.GRANTED], by=None) as (change, request):
        grants = AccessGrant.objects.filter(requested_document__request=request)
        if grants.filter(ended_at=None, ends_at__gt=change.at).exists():
            raise FlowError(Refusal.STILL_OPEN)
        ended_by_clock = grants.exclude(end=AccessGrant.End.REPLACED).exists()
        requester = requester_of(request)
        _end_grants(change, request, AccessGrant.End.EXPIRED)
        move(request, RequestStatus.EXPIRED, closed_at=change.at)
        if ended_by_clock:
            # Do not tell a person with a newer grant that their access has ended.
            tell(change, request, "request_expired")
        change.record(Action.REQUEST_EXPIRED, subject=request, requester=requester)
    return request


def _end_grants(change: Change, request: AccessRequest, end: AccessGrant.End) -> None:
    live = AccessGrant.objects.filter(requested_document__request=request, ended_at=None)
    live.lock()
    change.changed(AccessGrant.objects.filter(pk__in=list(live.values_list("pk", flat=True))))
    live.update(ended_at=change.at, end=end)
