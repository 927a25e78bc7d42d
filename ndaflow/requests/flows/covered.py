"""What becoming covered does to requests: their documents open if the signature was their last gate."""

from django.db.models import F, QuerySet

from documents import levels
from documents.models import AccessGrant
from ndaflow.requests import deciders, noted_risks
from ndaflow.requests.flows.opening import settle as settle_one
from ndaflow.requests.flows.step import note_rows
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit import Change


def lock(change: Change, people: QuerySet[User]) -> None:
    """Locks the open requests of these people, by id."""
    list(_waiting(people).select_for_update(no_key=True).values_list("pk"))


def settle(change: Change, people: QuerySet[User]) -> None:
    """Opens every document of these people whose gates have all passed."""
    levels.share()
    # An approver who has one of the requests on the screen has to see what covers its requester first.
    _waiting(people).order_by().update(step=F("step") + 1)
    waiting = list(_waiting(people).select_related("requester__company"))
    AccessGrant.objects.filter(holder__in=[one.requester_id for one in waiting], ended_at=None).lock()
    for request in waiting:
        noted_risks.note(request, change.at)
        note_rows(change, request)
        settle_one(change, request)
        # A rule may ask whether the agreements are in force.
        deciders.look(change, request)


def _waiting(people: QuerySet[User]) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(requester__in=people, status=RequestStatus.OPEN).order_by("pk")
