"""Who answers an open request, and until when."""

from dataclasses import dataclass
from datetime import datetime

from ndaflow.desk import time_left, waiting
from ndaflow.desk.team import team
from ndaflow.desk.time_left import TimeLeft
from ndaflow.duty.business_time import BusinessTime
from ndaflow.duty.hours import business_time_of
from ndaflow.requests.flows import DECIDE
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import User


@dataclass(frozen=True)
class Owning:
    """The owner's part of the page of a request. `due` is in the time of the office; None while the clock stands."""

    request: AccessRequest
    left: TimeLeft | None
    waited: str
    due: datetime | None
    zone: str
    deputy: User | None
    is_mine: bool
    may_assign: bool


def owning(request: AccessRequest, reader: User, now: datetime) -> Owning | None:
    """The owner's part of an open request of `with_office`; None once it is closed. A query only if its owner is away."""
    if request.status != RequestStatus.OPEN:
        return None
    office = business_time_of(request)
    runs = request.due_at is not None and request.paused_at is None
    return Owning(
        request,
        time_left.of(request, now, office),
        waiting.waited(request, now),
        request.due_at.astimezone(office.zone).replace(tzinfo=None) if request.due_at and runs else None,
        office.zone.key,
        _deputy(request.owner, now, office),
        request.owner_id == reader.pk,
        reader.has_perm(DECIDE),
    )


def _deputy(owner: User | None, now: datetime, office: BusinessTime) -> User | None:
    """Who stands in for the owner, who comes with `absence`."""
    absence = getattr(owner, "absence", None)
    today = now.astimezone(office.zone).date()
    if absence is None or not absence.starts_on <= today <= absence.ends_on:
        return None
    return team(now, office).stands_in(owner)
