"""Everything that the page of the queue shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator

from ndaflow.desk import queue, time_left, waiting
from ndaflow.desk.analytics import top
from ndaflow.desk.queue import ENDS, Chosen, Filter
from ndaflow.desk.team import Team, team
from ndaflow.desk.time_left import TimeLeft
from ndaflow.desk.waiting import Wait
from ndaflow.duty.business_time import BusinessTime
from ndaflow.duty.hours import business_time
from ndaflow.requests.flows import DECIDE
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.risks import Kind
from trustcenter.accounts.models import User

PAGE = 25
# Chips that show even if there is nothing behind them.
ALWAYS_OFFERED = (Filter.OPEN, Filter.MINE, Filter.UNOWNED, Filter.LATE, Filter.THEM)
# The others among the open ones, in the order of the chips.
OFFERED = (Filter.OPEN, Filter.MINE, Filter.UNOWNED, Filter.LATE, Filter.WARNED, Filter.SECOND, Filter.THEM)


@dataclass(frozen=True)
class Line:
    """One request as a line. `pick` names it with the step and the owner that the reader sees, so that a later change is
    noticed."""

    request: AccessRequest
    waits: list[Wait]
    left: TimeLeft | None
    waited: str
    risks: list[Kind]
    deputy: User | None
    is_mine: bool

    @property
    def pick(self) -> str:
        return pick(self.request)


def pick(request: AccessRequest) -> str:
    return f"{request.pk}.{request.step}.{request.owner_id or ''}"


def context(what: Chosen, number: str | None, *, by: User, now: datetime) -> dict[str, Any]:
    """The page's context; the same number of queries for one request and for many."""
    office, may_decide = business_time(), by.has_perm(DECIDE)
    desk = team(now, office)
    mine = desk.answered_by(by)
    counts = queue.counts(mine=mine, by=by, instant=now)
    found = queue.rows(what, mine=mine, by=by, instant=now)
    pages = Paginator(queue.searched(found) if what.words else found, PAGE)
    if not what.words and what.filter in counts.filters:
        pages.count = counts.filters[what.filter]
    page = pages.get_page(number)
    return {
        "page": page,
        "lines": lines(page, is_open=what.filter.is_open, by=by, now=now, office=office, desk=desk),
        "filters": [(one, n) for one, n in counts.filters.items() if _is_offered(one, n, what, may_decide)],
        "ends": ENDS,
        "open": counts.filters[Filter.OPEN],
        "late": counts.filters[Filter.LATE],
        "unowned": counts.filters[Filter.UNOWNED],
        "chosen": what,
        "sorts": list(queue.Sort),
        "team": [(one, desk.stands_in(one)) for one in desk.members],
        "may_decide": may_decide,
        # They are about all open requests, not about what was searched.
        "charts": top.charts(counts.waiting, now=now, office=office) if what.filter.is_open and not what.words else [],
    }


def lines(
    page: "Page[AccessRequest]", *, is_open: bool, by: User, now: datetime, office: BusinessTime, desk: Team
) -> list[Line]:
    """The lines of one page; two queries."""
    found: Any = page.object_list
    return [_line(row, by=by, now=now, office=office, desk=desk) for row in queue.shown(found, now, is_open=is_open)]


def _line(row: AccessRequest, *, by: User, now: datetime, office: BusinessTime, desk: Team) -> Line:
    is_open = row.status == RequestStatus.OPEN
    return Line(
        row,
        waiting.waits(row) if is_open else [],
        time_left.of(row, now, office) if is_open else None,
        waiting.waited(row, now),
        known_risks(row.risks),
        desk.stands_in(row.owner),
        row.owner_id in desk.answered_by(by),
    )


def known_risks(codes: Sequence[str]) -> list[Kind]:
    """The kinds of the codes that a row keeps, without those that no longer exist."""
    return [Kind(code) for code in codes if code in Kind.values]


def _is_offered(one: Filter, n: int, what: Chosen, may_decide: bool) -> bool:
    """Whether the filter has a chip. Nobody’s approval is needed who may not decide."""
    if one is Filter.SECOND and not may_decide:
        return one is what.filter
    return one in OFFERED and (bool(n) or one is what.filter or one in ALWAYS_OFFERED)
