"""What becoming covered does to requests: their documents open if the signature was their last gate."""

from collections.abc import Collection

from django.db.models import F, QuerySet

from ndaflow.requests import deciders, noted_risks
from ndaflow.requests.flows import holding
from ndaflow.requests.flows.opening import settle as settle_one
from ndaflow.requests.flows.step import note_rows
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit import Change


def waiting(people: QuerySet[User]) -> QuerySet[AccessRequest]:
    """The open requests of these people, by id."""
    return AccessRequest.objects.filter(requester__in=people, status=RequestStatus.OPEN).order_by("pk")


def lock(people: QuerySet[User]) -> None:
    """Locks the open requests of these people, by id."""
    list(waiting(people).select_for_update(no_key=True).values_list("pk"))


def hold(change: Change, people: QuerySet[User], slugs: Collection[str]) -> QuerySet[AccessRequest]:
    """Locks what opening documents of these people depends on, and returns their open requests.

    `lock` has locked them, but somebody may have joined these people since, or opened a request.
    """
    requests = AccessRequest.objects.filter(pk__in=holding.join(waiting(people))).order_by("pk")
    holding.hold(change, requests, people, slugs)
    return requests


def settle(change: Change, requests: QuerySet[AccessRequest]) -> None:
    """Opens every document of these requests whose gates have all passed."""
    # An approver who has one of the requests on the screen has to see what covers its requester first.
    requests.order_by().update(step=F("step") + 1)
    for request in requests.select_related("requester__company"):
        noted_risks.note(request, change.at)
        note_rows(change, request)
        settle_one(change, request)
        # A rule may ask whether the agreements are in force.
        deciders.look(change, request)
