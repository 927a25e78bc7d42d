"""The steps by which a colleague is told about a request: the requester names them, they agree, either ends it."""

from ndaflow.requests.flows.step import must_be_requester
from ndaflow.requests.following.models import Follower
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action

# Enough for a team. Each gets every mail about the request.
MOST = 5


def invite(request: AccessRequest, *, by: User, email: str) -> Follower:
    """Asks a colleague by mail whether they want to be told. Until they agree they get nothing else. Raises FlowError."""
    with audit.change(by=by) as change:
        # Held, so that two invitations at once count each other.
        row = AccessRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
        must_be_requester(row, by)
        email = checked.address(email)
        if email == by.email:
            raise FlowError(Refusal.OWN_ADDRESS)
        if row.status == RequestStatus.DRAFT:
            raise FlowError(Refusal.MOVED_ON)
        live = row.followers.filter(ended_at=None)
        if live.filter(email=email).exists():
            raise FlowError(Refusal.TOLD_BEFORE)
        if live.count() >= MOST:
            raise FlowError(Refusal.ENOUGH_TOLD)
        follower = Follower.objects.create(request=row, email=email, invited_at=change.at)
        change.mail("follower_invited", to=email, context={"request": row})
        change.record(Action.FOLLOWER_INVITED, subject=row, email=email)
    return follower


def agree(follower: Follower, *, by: User) -> None:
    """The colleague wants the mails. Their sign-in has proven the mailbox that was named. Raises FlowError."""
    with audit.change(by=by) as change:
        if follower.email != by.email:
            raise FlowError(Refusal.NOT_INVITED)
        waiting = Follower.objects.filter(pk=follower.pk, ended_at=None, agreed_at=None)
        if not waiting.update(person=by, agreed_at=change.at):
            raise FlowError(Refusal.CHANGED)
        change.record(Action.FOLLOWER_AGREED, subject=follower.request)


def end(follower: Follower, *, by: User) -> None:
    """Requester or colleague ends it. Raises FlowError."""
    with audit.change(by=by) as change:
        if by.pk != follower.request.requester_id and by.email != follower.email:
            raise FlowError(Refusal.NOT_INVITED)
        if not Follower.objects.filter(pk=follower.pk, ended_at=None).update(ended_at=change.at):
            raise FlowError(Refusal.CHANGED)
        change.record(Action.FOLLOWER_ENDED, subject=follower.request, email=follower.email)
