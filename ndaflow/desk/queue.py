"""The requests of the queue: which ones, in which order, and how many."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import JSONObject, Lag, Lead, RowNumber
from django.utils.translation import gettext_lazy

from ndaflow.desk import waiting
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from trustcenter.accounts.models import User

# The first characters of an id are quoted in capitals with a hyphen; see `work.ids.short`.
REFERENCE = str.maketrans("", "", "- ")
# A search that finds more is counted by the database.
MOST_KEYS = 500


class Filter(models.TextChoices):
    """A filter of the queue. The value is in the URL."""

    OPEN = "open", gettext_lazy("All open")
    MINE = "mine", gettext_lazy("Mine")
    UNOWNED = "unowned", gettext_lazy("No owner")
    LATE = "late", gettext_lazy("Over target")
    WARNED = "warned", gettext_lazy("With a warning")
    US = "us", gettext_lazy("Waiting for us")
    SECOND = "second", gettext_lazy("Needs your second approval")
    THEM = "them", gettext_lazy("Waiting for them")
    DECIDED = "decided", gettext_lazy("No longer open")
    GRANTED = "granted", gettext_lazy("Granted")
    DENIED = "denied", gettext_lazy("Denied")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")
    EXPIRED = "expired", gettext_lazy("Expired")
    REVOKED = "revoked", gettext_lazy("Revoked")

    @property
    def is_open(self) -> bool:
        return self is Filter.OPEN or self in PARTS_OF_OPEN

    @property
    def statuses(self) -> list[RequestStatus]:
        if self.is_open:
            return [RequestStatus.OPEN]
        if self is Filter.DECIDED:
            return [RequestStatus(one.value) for one in ENDS]
        return [RequestStatus(self.value)]


PARTS_OF_OPEN = (
    *(Filter.MINE, Filter.UNOWNED, Filter.LATE, Filter.WARNED),
    *(Filter.US, Filter.SECOND, Filter.THEM),
)
ENDS = (Filter.GRANTED, Filter.DENIED, Filter.WITHDRAWN, Filter.EXPIRED, Filter.REVOKED)


class Sort(models.TextChoices):
    """The order of open requests. The value is in the URL."""

    TIME = "time", gettext_lazy("Least time left")
    NEW = "new", gettext_lazy("Newest")
    COMPANY = "company", gettext_lazy("Company")

    @property
    def order(self) -> tuple[Any, ...]:
        match self:
            case Sort.NEW:
                return ("-opened_at", "pk")
            case Sort.COMPANY:
                return ("company_name", "opened_at", "pk")
            case _:
                # What waits for others has no time left to show, and comes last.
                return (F("paused_at").asc(nulls_first=True), F("due_at").asc(nulls_last=True), "opened_at", "pk")


@dataclass(frozen=True)
class Chosen:
    """What the address of the queue asks for."""

    filter: Filter = Filter.OPEN
    sort: Sort = Sort.TIME
    words: str = ""

    @classmethod
    def of(cls, query: Any) -> "Chosen":
        asked, sort = query.get("status", ""), query.get("sort", "")
        return cls(
            Filter(asked) if asked in Filter.values else Filter.OPEN,
            Sort(sort) if sort in Sort.values else Sort.TIME,
            query.get("q", "").replace("\0", "").strip()[:100],
        )


def rows(what: Chosen, *, mine: set[str], by: User, instant: datetime) -> QuerySet[AccessRequest]:
    """The requests that are asked for, in their order. `mine` are the people whose requests `by` answers."""
    found = AccessRequest.objects.filter(status__in=what.filter.statuses)
    if what.filter.is_open:
        found = found.filter(_part(what.filter, mine=mine, by=by, instant=instant)).order_by(*what.sort.order)
    else:
        found = found.order_by("-opened_at", "pk")
    if what.words:
        named = Q(email__icontains=what.words) | Q(name__icontains=what.words) | Q(company_name__icontains=what.words)
        if reference := what.words.translate(REFERENCE).lower():
            named |= Q(pk__startswith=reference)
        found = found.filter(named)
    return found


def searched(found: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The same rows of a search in the same order; few of them by their keys.

    The database looks for the words in every row, and would do so twice: to count the rows and to find those of the page.
    """
    keys = list(found.values_list("pk", flat=True)[: MOST_KEYS + 1])
    if len(keys) > MOST_KEYS:
        return found
    return AccessRequest.objects.filter(pk__in=keys).order_by(*found.query.order_by)


def shown(found: QuerySet[AccessRequest], instant: datetime, *, is_open: bool) -> QuerySet[AccessRequest]:
    """The rows of one page with everything that a line shows, and for open ones what they wait for; three queries.

    The page is a subquery of its own: the database would look up what all pages before it wait for.
    """
    page = AccessRequest.objects.filter(pk__in=found.values("pk")).order_by(*found.query.order_by)
    page = waiting.with_waits(page, instant) if is_open else page
    return page.select_related("requester__company", "owner").prefetch_related("documents")


@dataclass(frozen=True)
class Counts:
    """How many open requests each filter shows, and what they wait for."""

    filters: dict[Filter, int]
    waiting: waiting.Waiting


def counts(*, mine: set[str], by: User, instant: datetime) -> Counts:
    """Counts all open requests in one query. Whatever is no longer open is only counted where it is shown."""
    # The other parts are among what they wait for.
    parts = [one for one in PARTS_OF_OPEN if one not in {Filter.US, Filter.THEM}]
    counted = {one.value: Count("pk", filter=_part(one, mine=mine, by=by, instant=instant)) for one in parts}
    found = AccessRequest.objects.filter(status=RequestStatus.OPEN).aggregate(**waiting.parts(), **counted)
    found["them"] = found["open"] - found["us"]
    return Counts({one: found[one.value] for one in (Filter.OPEN, *PARTS_OF_OPEN)}, waiting.of(found))


@dataclass(frozen=True)
class Place:
    """The place of an open request in the queue, and its neighbours' ids."""

    number: int
    of: int
    previous: str | None
    next: str | None


def with_place(found: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Adds where each open request stands in the usual order of the queue; see `place`."""
    order = Sort.TIME.order
    live = AccessRequest.objects.filter(status=RequestStatus.OPEN).order_by()
    placed = live.annotate(
        number=Window(RowNumber(), order_by=order),
        of=Window(Count("pk")),
        previous=Window(Lag("pk"), order_by=order),
        next=Window(Lead("pk"), order_by=order),
        # A window too, so that the row is chosen after the others have been counted.
        here=Window(Max("pk"), partition_by="pk"),
    ).filter(here=OuterRef("pk"))
    parts = {name: name for name in ("number", "of", "previous", "next")}
    return found.annotate(placed=Subquery(placed.values(found=JSONObject(**parts))))


def place(request: AccessRequest) -> Place | None:
    """The place of a request of `with_place`; None if it is no longer open."""
    placed = request.placed  # type: ignore[attr-defined]  # annotated by with_place
    return Place(**placed) if placed else None


def _part(chosen: Filter, *, mine: set[str], by: User, instant: datetime) -> Q:
    """Which open requests a filter shows. The clock stands exactly while the next move is not ours; see `targets`."""
    match chosen:
        case Filter.MINE:
            return Q(owner__in=mine)
        case Filter.UNOWNED:
            return Q(owner=None)
        case Filter.LATE:
            return Q(paused_at=None, due_at__lt=instant)
        case Filter.WARNED:
            return Q(has_warning=True)
        case Filter.US:
            return Q(paused_at=None)
        case Filter.THEM:
            return Q(paused_at__isnull=False)
        case Filter.SECOND:
            own = Decision.objects.filter(item=OuterRef("item"), decided_by=by)
            # From the decisions, of which the database then looks up few.
            half = Decision.objects.filter(item__outcome=RequestedDocument.Outcome.PENDING).exclude(Exists(own))
            return Q(pk__in=half.order_by().values("item__request")) & ~Q(requester=by)
        case _:
            return Q()
