"""The operator's business hours as a calendar."""

from collections.abc import Iterable
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet, Subquery

from ndaflow.duty.business_time import BusinessTime, Hours
from ndaflow.duty.models import Office

PARTS = ("zone", "week", "holidays")


def office() -> Office:
    """The row of the business hours, or an unsaved one with the usual hours; one query."""
    return Office.objects.first() or Office()


def business_time() -> BusinessTime:
    """The calendar in which response targets are counted; one query."""
    return _calendar(office())


def with_office[M: Model](found: QuerySet[M]) -> QuerySet[M]:
    """Adds the office to each row, for `business_time_of`: a page of one row needs no query for it."""
    parts = {f"office_{name}": Subquery(Office.objects.values(name)) for name in PARTS}
    with_parts: QuerySet[M] = found.annotate(**parts)
    return with_parts


def business_time_of(row: Any) -> BusinessTime:
    """The same calendar, from a row of `with_office`."""
    found = {name: getattr(row, f"office_{name}") for name in PARTS}
    return _calendar(Office(**found) if found["zone"] else Office())


def _calendar(row: Office) -> BusinessTime:
    return BusinessTime(ZoneInfo(row.zone), week_of(row.week), days_of(row.holidays))


def week_of(rows: Iterable[Any]) -> tuple[Hours, ...]:
    """From ["09:00", "17:00"] or None for each day to times."""
    return tuple(hours and (time.fromisoformat(hours[0]), time.fromisoformat(hours[1])) for hours in rows)


def days_of(holidays: Iterable[dict[str, str]]) -> frozenset[date]:
    return frozenset(date.fromisoformat(one["day"]) for one in holidays)
