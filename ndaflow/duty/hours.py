"""The operator's business hours as a calendar."""

from collections.abc import Iterable
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from ndaflow.duty.business_time import BusinessTime, Hours
from ndaflow.duty.models import Office


def office() -> Office:
    """The row of the business hours, or an unsaved one with the usual hours; one query."""
    return Office.objects.first() or Office()


def business_time() -> BusinessTime:
    """The calendar in which response targets are counted; one query."""
    row = office()
    return BusinessTime(ZoneInfo(row.zone), week_of(row.week), days_of(row.holidays))


def week_of(rows: Iterable[Any]) -> tuple[Hours, ...]:
    """From ["09:00", "17:00"] or None for each day to times."""
    return tuple(hours and (time.fromisoformat(hours[0]), time.fromisoformat(hours[1])) for hours in rows)


def days_of(holidays: Iterable[dict[str, str]]) -> frozenset[date]:
    return frozenset(date.fromisoformat(one["day"]) for one in holidays)
