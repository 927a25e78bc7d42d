"""Who answers a request at the desk: a colleague takes it or is given it, and the clock reminds before the target is over.

These steps change nothing that a decision depends on, so they do not count as a step of the request: a page that an
approver has open stays valid.
"""

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from ndaflow.duty import people
from ndaflow.requests import notices, reply_times
from ndaflow.requests.flows.step import must_be_approver
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.notices import Event
from ndaflow.requests.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.log import person_of


def assign(request: AccessRequest, *, by: User, to: User | None) -> AccessRequest:
    """Gives an open request to a colleague, or with None to nobody. If the colleague is away, the deputy gets it.

    `request.owner_id` is the owner whom `by` saw. Refused if somebody else answers it meanwhile.
    """
    with audit.change(by=by) as change:
        must_be_approver(by)
        if to is not None:
            (to,) = people.present([to], change.at)
            if not (to.is_active and to.is_staff and to.has_perm(people.DECIDE)) or to.pk == request.requester_id:
                raise FlowError(Refusal.OWNER_CANNOT_DECIDE, name=str(to))
        # Compare and swap: of two colleagues who take it at once, one has it.
        mine = AccessRequest.objects.filter(pk=request.pk, status=RequestStatus.OPEN, owner=request.owner_id)
        if not mine.update(owner=to):
            raise _moved(request)
        request.owner = to
        if to is None:
            change.record(Action.REQUEST_RELEASED, subject=request)
        elif to.pk == by.pk:
            change.record(Action.REQUEST_TAKEN, subject=request)
        else:
            context = {"request": request, "by": by, "due": _due(request)}
            change.mail("request_assigned", to=to.email, context=context)
            change.record(Action.REQUEST_ASSIGNED, subject=request, owner=to)
    return request


def _moved(request: AccessRequest) -> FlowError:
    """Why a request does not change its owner: it has another one now, or it is no longer open."""
    now = AccessRequest.objects.filter(pk=request.pk, status=RequestStatus.OPEN).select_related("owner").first()
    if now is None:
        return FlowError(Refusal.MOVED_ON)
    return FlowError(Refusal.OTHER_OWNER, owner=str(now.owner)) if now.owner else FlowError(Refusal.OWNER_LEFT)


def remind(request: AccessRequest) -> bool:
    """Reminds the owner or who stands in that the target is near; once. False if that has happened or is over."""
    with audit.change(by=None) as change:
        if not _running(request).filter(reminded_at=None).update(reminded_at=change.at):
            return False
        request = _with_people(request)
        colleagues = notices.colleagues(request, change, but=[request.requester_id])
        for one in colleagues:
            change.mail("request_due", to=one.email, context={"request": request, "due": _due(request)})
        due_at = request.due_at.isoformat() if request.due_at else ""
        change.record_effect(
            Action.REQUEST_REMINDED, subject=request, people=[person_of(one) for one in colleagues], due_at=due_at
        )
    return True


def escalate(request: AccessRequest) -> bool:
    """Tells everyone who may decide that the target is nearly over; once. False if that has happened or is over."""
    with audit.change(by=None) as change:
        # Who is told now needs no reminder any more.
        both = {"escalated_at": change.at, "reminded_at": Coalesce("reminded_at", change.at)}
        if not _running(request).filter(escalated_at=None).update(**both):
            return False
        request = _with_people(request)
        for one in people.deciders().exclude(pk=request.requester_id):
            change.mail("request_late", to=one.email, context={"request": request, "due": _due(request)})
        notices.announce(change, request, Event.LATE)
        due_at = request.due_at.isoformat() if request.due_at else ""
        change.record_effect(Action.REQUEST_ESCALATED, subject=request, due_at=due_at)
    return True


def _due(request: AccessRequest) -> str:
    """Until when it should be decided, in the time of the office; empty while its clock stands."""
    return reply_times.at_the_office(request.due_at) if request.due_at and request.paused_at is None else ""


def _running(request: AccessRequest) -> QuerySet[AccessRequest]:
    """The row while its clock runs."""
    return AccessRequest.objects.filter(pk=request.pk, status=RequestStatus.OPEN, paused_at=None)


def _with_people(request: AccessRequest) -> AccessRequest:
    return AccessRequest.objects.select_related("owner", "requester__company").get(pk=request.pk)
