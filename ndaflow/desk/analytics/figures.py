"""The figures behind the charts, in few queries, however many requests there are."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, DateField, F, IntegerField, Min, Q, QuerySet, Value
from django.db.models.functions import TruncWeek

from documents.models import Delivery, Document, DocumentVersion
from ndaflow.duty.business_time import BusinessTime
from ndaflow.requests.models import AccessRequest, Decision, RequestStatus
from trustcenter.accounts.models import Company
from trustcenter.web.typed import quoted

WEEK = timedelta(days=7)
# Times to a decision are counted by quarters of an hour, so that a year of them fits into one small answer.
QUARTER = 15
MOST_LISTED = 10


@dataclass
class Week:
    """What happened in one week of the office, which begins on Monday."""

    begins: date
    opened: int = 0
    # How many decisions took how many quarters of an hour.
    took: Counter[int] = field(default_factory=Counter)

    @property
    def decided(self) -> int:
        return self.took.total()

    @cached_property
    def median(self) -> float | None:
        return percentile(self.took, 0.5)

    @cached_property
    def p90(self) -> float | None:
        return percentile(self.took, 0.9)


def percentile(took: Mapping[int, int], share: float) -> float | None:
    """The nearest rank in hours: the time within which this share of the decisions was made. None without any."""
    rank, seen = math.ceil(share * sum(took.values())), 0
    for quarters in sorted(took):
        seen += took[quarters]
        if seen >= rank:
            return quarters * QUARTER / 60
    return None


@dataclass(frozen=True)
class Weeks:
    """The last weeks, the current one last, and the strictest target of their requests in hours."""

    weeks: list[Week]
    target: int | None

    @property
    def took(self) -> Counter[int]:
        """All decisions of the period."""
        took: Counter[int] = Counter()
        for week in self.weeks:
            took.update(week.took)
        return took


def first_monday(now: datetime, office: BusinessTime, number: int) -> date:
    today = now.astimezone(office.zone).date()
    return today - timedelta(days=today.weekday()) - (number - 1) * WEEK


def since(day: date, office: BusinessTime) -> datetime:
    return datetime.combine(day, time(), office.zone).astimezone(UTC)


def weeks(number: int, *, now: datetime, office: BusinessTime) -> Weeks:
    """New requests and times to a decision of the last weeks; one query."""
    monday = first_monday(now, office, number)
    begin = since(monday, office)
    found = {monday + place * WEEK: Week(monday + place * WEEK) for place in range(number)}
    requests = AccessRequest.objects.order_by()
    opened = requests.filter(opened_at__gte=begin).annotate(took=Value(-1, output_field=IntegerField()))
    decided = requests.filter(decided_at__gte=begin).annotate(took=(F("decided_in") + 7) / QUARTER)
    targets = set()
    both = _by_week(opened, "opened_at", office).union(_by_week(decided, "decided_at", office), all=True)
    for day, took, n, hours in both.order_by():
        week = found.get(day)
        if week is None:
            continue
        if took < 0:
            week.opened += n
        else:
            week.took[took] += n
        targets.add(hours)
    return Weeks([found[day] for day in sorted(found)], min(targets - {None}, default=None))


def _by_week(rows: QuerySet[AccessRequest], column: str, office: BusinessTime) -> QuerySet[Any, Any]:
    """The Monday of the office, the quarters, how many, and their strictest target."""
    monday = TruncWeek(column, tzinfo=office.zone, output_field=DateField())
    grouped = rows.annotate(week=monday).values("week", "took")
    return grouped.annotate(n=Count("*"), hours=Min("target_hours")).values_list("week", "took", "n", "hours")


def documents(begin: datetime) -> list[tuple[str, int]]:
    """The documents that were read most: title, readings and downloads; two queries."""
    delivered = Delivery.objects.filter(started_at__gte=begin, grant__isnull=False).order_by()
    # Counted by version first: there are few of them, and many deliveries.
    counted = dict(delivered.values_list("version").annotate(n=Count("*")))
    versions = DocumentVersion.objects.filter(pk__in=counted).select_related("document").order_by()
    found: Counter[Document] = Counter()
    for version in versions.only("document__title"):
        found[version.document] += counted[version.pk]
    most = sorted(found.items(), key=lambda one: (-one[1], one[0].title))
    return [(document.title, n) for document, n in most[:MOST_LISTED]]


def companies(begin: datetime) -> list[tuple[str, int, int]]:
    """The companies that asked most: name, requests, granted ones; two queries. People without one are one line."""
    asked = AccessRequest.objects.filter(opened_at__gte=begin).order_by().values("requester__company")
    counted = asked.annotate(n=Count("*"), granted=Count("status", filter=Q(status=RequestStatus.GRANTED)))
    found = list(counted.order_by("-n", "requester__company")[:MOST_LISTED])
    names = {
        one.pk: one.legal_name if one.confirmed_at else quoted(one.legal_name)
        for one in Company.objects.filter(pk__in=[one["requester__company"] for one in found])
    }
    return [(names.get(one["requester__company"], ""), one["n"], one["granted"]) for one in found]


def deciders(begin: datetime) -> dict[tuple[bool, str], int]:
    """How many decisions a rule and how many a person made, by verdict; one query."""
    made = Decision.objects.filter(decided_at__gte=begin).order_by().values("verdict")
    counted = made.annotate(by_rule=Count("rule_version"), n=Count("*"))
    found = dict[tuple[bool, str], int]()
    for one in counted:
        found[True, one["verdict"]] = one["by_rule"]
        found[False, one["verdict"]] = one["n"] - one["by_rule"]
    return found
