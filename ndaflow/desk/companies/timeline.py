"""Downloads and views on a time line: one lane for each document, the same in words for everyone who does not see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.models import AccessGrant, Delivery

MOST_LANES, MOST_DOTS, MOST_DAYS_SAID = 6, 40, 5
SHORTEST = timedelta(days=30)


@dataclass(frozen=True)
class Dot:
    x: str
    is_view: bool


@dataclass(frozen=True)
class Bar:
    x: str
    width: str


@dataclass(frozen=True)
class Lane:
    """One document: when it was open, and each download and view. `said` is all of it in a sentence."""

    title: str
    counted: str
    bars: list[Bar]
    dots: list[Dot]
    said: str


@dataclass(frozen=True)
class Chart:
    start: datetime
    end: datetime
    # The first days of months, with their place.
    months: list[tuple[str, str]]
    lanes: list[Lane]


def chart(deliveries: Sequence[Delivery], grants: Sequence[AccessGrant], now: datetime) -> Chart | None:
    """The time line of these deliveries, the newest first, with the grants that opened them; None without deliveries."""
    if not deliveries:
        return None
    start = min(min(one.started_at for one in deliveries), now - SHORTEST)
    by_document: dict[int, list[Delivery]] = {}
    for one in deliveries:
        by_document.setdefault(one.version.document_id, []).append(one)
    axis = _Axis(start, now)
    lanes = [
        _lane(found, [grant for grant in grants if grant.document_id == document], axis)
        for document, found in list(by_document.items())[:MOST_LANES]
    ]
    return Chart(start, now, axis.months(), lanes)


@dataclass(frozen=True)
class _Axis:
    start: datetime
    end: datetime

    def number(self, instant: datetime) -> float:
        """Percent from the left, within the axis."""
        return min(100.0, max(0.0, (instant - self.start) / (self.end - self.start) * 100))

    def at(self, instant: datetime) -> str:
        return _percent(self.number(instant))

    def months(self) -> list[tuple[str, str]]:
        """At most six month names, none so near the end that it would be cut."""
        first = localtime(self.start).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        starts = []
        while (first := (first + timedelta(days=32)).replace(day=1)) < self.end:
            starts.append(first)
        step = len(starts) // 6 + 1
        shown = [one for one in starts[::step] if self.number(one) < 94]
        return [(self.at(one), date_format(one, "M")) for one in shown]


def _lane(deliveries: Sequence[Delivery], grants: Sequence[AccessGrant], axis: _Axis) -> Lane:
    views = [one for one in deliveries if one.kind == Delivery.Kind.READING]
    downloads = [one for one in deliveries if one.kind == Delivery.Kind.DOWNLOAD]
    counted = _counted(len(downloads), len(views))
    dots = [Dot(axis.at(one.started_at), one in views) for one in deliveries[:MOST_DOTS]]
    bars = [_bar(grant, axis) for grant in grants if grant.starts_at < axis.end]
    title = deliveries[0].version.document.title
    days = dict.fromkeys(date_format(localtime(one.started_at), "j M Y") for one in deliveries)
    said = _("%(document)s: %(counted)s, last on %(days)s.") % {
        "document": title,
        "counted": counted,
        "days": get_text_list(list(days)[:MOST_DAYS_SAID], _("and")),
    }
    return Lane(title, counted, bars, dots, said)


def _bar(grant: AccessGrant, axis: _Axis) -> Bar:
    left = axis.number(grant.starts_at)
    right = axis.number(grant.ended_at or grant.ends_at)
    # A grant of today has to be visible.
    return Bar(_percent(min(left, 99.0)), _percent(max(right - left, 1.0)))


def _counted(downloads: int, views: int) -> str:
    parts = []
    if downloads:
        parts.append(ngettext("%(n)s download", "%(n)s downloads", downloads) % {"n": downloads})
    if views:
        parts.append(ngettext("%(n)s view", "%(n)s views", views) % {"n": views})
    return str(get_text_list(parts, _("and")))


def _percent(number: float) -> str:
    """With a point in every language, as SVG wants it."""
    return f"{number:.2f}%"
