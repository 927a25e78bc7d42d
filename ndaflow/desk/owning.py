"""Who answers an open request, until when, and to whom it can be given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ndaflow.desk import queue, time_left
from ndaflow.desk.team import team
from ndaflow.desk.time_left import TimeLeft
from ndaflow.duty.hours import business_time
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
    # Nobody can be chosen by somebody who decides nothing.
    choices: Sequence[User]


def owning(request: AccessRequest, reader: User, now: datetime) -> Owning | None:
    """The owner's part of an open request; None once it is closed. Two queries."""
    if request.status != RequestStatus.OPEN:
        return None
    office = business_time()
    desk = team(now, office)
    runs = request.due_at is not None and request.paused_at is None
    return Owning(
        request,
        time_left.of(request, now, office),
        queue.waited(request, now),
        request.due_at.astimezone(office.zone).replace(tzinfo=None) if request.due_at and runs else None,
        office.zone.key,
        desk.stands_in(request.owner),
        request.owner_id == reader.pk,
        [one for one in desk.members if one.pk != request.requester_id] if reader.has_perm(DECIDE) else [],
    )
