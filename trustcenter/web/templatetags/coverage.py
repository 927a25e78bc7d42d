"""The chart of the periods that reports cover, to scale on one axis, with every gap in days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trustcenter.web import dates

register = template.Library()

DAY = timedelta(days=1)
# The narrowest bars, in percent of the axis, that hold a label: the word with its dates, the word alone, a gap's days.
WITH_DATES, WITH_WORD, WITH_DAYS = 31.0, 18.0, 26.0


@dataclass(frozen=True)
class Bar:
    """One document on its lane. `letter` only bridges the time after a report; `text` stands where there are no dates."""

    word: str
    start: date
    end: date
    letter: bool = False
    text: str = ""


@dataclass(frozen=True)
class Lane:
    """One row of the picture. In a `continuous` lane a day without a bar is a gap."""

    title: str
    detail: str
    bars: Sequence[Bar]
    continuous: bool = False
    # What a reader should know about it besides the gaps: a sentence each.
    warnings: Sequence[str] = ()
    # The language of its title, if it is not that of the page.
    language: str = ""


@register.inclusion_tag("components/coverage.html")
def coverage(lanes: Iterable[Lane], contact: str = "") -> dict[str, Any]:
    """The lanes on one axis with today marked; nothing without a lane. Positions are percentages of the axis."""
    drawn = [lane for lane in lanes if lane.bars]
    if not drawn:
        return {"lanes": []}
    today = timezone.localdate()
    axis = _Axis(drawn, today)
    rows = [_row(lane, axis, today) for lane in drawn]
    return {
        "lanes": rows,
        "years": axis.years(today),
        "today": axis.at(today),
        "date": today,
        "gaps": [gap for row in rows for gap in row["gaps"]],
        "warnings": [sentence for lane in drawn for sentence in lane.warnings],
        "contact": contact,
    }


class _Axis:
    """From the January before the first bar to the January after today and after the last report."""

    def __init__(self, lanes: Sequence[Lane], today: date) -> None:
        bars = [bar for lane in lanes for bar in lane.bars]
        last = max([today, *(bar.end for bar in bars if not bar.text)])
        self.start = date(min(bar.start for bar in bars).year, 1, 1)
        self.end = date(last.year + 1, 1, 1)

    def number(self, day: date) -> float:
        return min(100.0, max(0.0, (day - self.start) / (self.end - self.start) * 100))

    def at(self, day: date) -> str:
        return percent(self.number(day))

    def years(self, today: date) -> list[dict[str, Any]]:
        """The Januaries. Left of the word "Today" there is no room for a year; a phone has still less."""
        now = self.number(today)
        before = {year: now - self.number(date(year, 1, 1)) for year in range(self.start.year, self.end.year)}
        return [
            {
                "x": self.at(date(year, 1, 1)),
                "year": str(year),
                "crowded": 0 <= distance < 16,
                "wide": 0 <= distance < 34,
            }
            for year, distance in before.items()
        ]


def percent(number: float) -> str:
    """With a point in every language, as SVG wants it."""
    return f"{number:.2f}%"


def gaps_of(lane: Lane, today: date) -> list[tuple[date, date]]:
    """The days from the first bar until today that no bar covers: first day, and the day on which the gap ends."""
    if not lane.continuous:
        return []
    gaps, covered = [], None
    for bar in sorted(lane.bars, key=lambda bar: bar.start):
        if covered and bar.start > covered + DAY:
            gaps.append((covered + DAY, bar.start))
        covered = max(covered or bar.end, bar.end)
    if covered and covered + DAY < today:
        gaps.append((covered + DAY, today))
    return gaps


def _row(lane: Lane, axis: _Axis, today: date) -> dict[str, Any]:
    gaps = [_gap(lane, axis, first, end, today) for first, end in gaps_of(lane, today)]
    alone = len(lane.bars) == 1 and not gaps
    bars = [_bar(bar, axis, alone=alone) for bar in sorted(lane.bars, key=lambda bar: bar.start)]
    # Below the bars there is room for one label that ends and one that begins: those of the newest bar and gap.
    for earlier in bars[:-1]:
        earlier["below"] = False
    spoken = [_("%(word)s: %(text)s") % {"word": bar["word"] or lane.title, "text": bar["text"]} for bar in bars]
    return {
        "title": lane.title,
        "language": lane.language,
        "detail": lane.detail,
        "bars": bars,
        "gaps": gaps,
        "periods": _periods(lane, today),
        "tall": bool(gaps) or any(bar["below"] for bar in bars),
        "spoken": ". ".join([*spoken, *(gap["spoken"] for gap in gaps)]) + ".",
    }


def _periods(lane: Lane, today: date) -> list[dict[str, Any]]:
    """The bars and the gaps of a lane in order, for the table behind the chart."""
    found = [
        {
            "what": bar.word or lane.detail,
            "first": None if bar.text else bar.start,
            "last": bar.end,
            "days": None if bar.text else (bar.end - bar.start).days + 1,
        }
        for bar in lane.bars
    ]
    found += [
        {"what": _("Gap"), "first": first, "last": end - DAY, "days": (end - first).days, "is_gap": True}
        for first, end in gaps_of(lane, today)
    ]
    return sorted(found, key=lambda period: period["first"] or period["last"])


def _bar(bar: Bar, axis: _Axis, *, alone: bool) -> dict[str, Any]:
    x, end = axis.number(bar.start), axis.number(bar.end + DAY)
    # A period of a few days has to be visible.
    width = max(end - x, 0.8)
    label = bar.text or dates.period(bar.start, bar.end)
    # A word needs less room than dates; a bar alone on its lane has room beside it.
    inside = width >= (WITH_WORD if bar.word else WITH_DATES)
    outside = alone and not inside
    return {
        "kind": "letter" if bar.letter else "report",
        "word": bar.word,
        "text": label,
        "x": percent(x),
        "width": percent(width),
        "inside": inside,
        "dated": width >= WITH_DATES,
        "label_x": percent(x + 1.5),
        "after": percent(x + width + 1) if outside and x + width < 65 else "",
        "before": percent(x - 1) if outside and x + width >= 65 else "",
        "below": not alone and not inside,
        # A little to the left, so that it does not run into the label of a gap that follows.
        "label_end": percent(x + width - 0.8),
    }


def _gap(lane: Lane, axis: _Axis, first: date, end: date, today: date) -> dict[str, Any]:
    x, until = axis.number(first), axis.number(end)
    days, width = (end - first).days, until - x
    counted = ngettext("Gap: %(n)d day", "Gap: %(n)d days", days) % {"n": days}
    span = {"lane": lane.title, "first": dates.in_full(first), "end": dates.in_full(end), "n": days}
    if end == today:
        title = _("%(lane)s coverage has a gap from %(first)s to today.") % span
        rest = _("to today, nothing covers it")
    else:
        title = _("%(lane)s coverage has a gap from %(first)s to %(end)s.") % span
        rest = _("to %(end)s, nothing covers it") % span
    text = ngettext("No report or letter covers this day.", "No report or letter covers these %(n)d days.", days) % {
        "n": days
    }
    plate = min(28.0, width - 2)
    return {
        "x": percent(x),
        "width": percent(width),
        "inside": width >= WITH_DAYS,
        "label_x": percent(x + 0.6),
        "middle": percent(x + width / 2),
        "plate_x": percent(x + (width - plate) / 2),
        "plate_width": percent(max(plate, 0)),
        # Near the right edge a label has to end where its gap ends.
        "ends": x > 70,
        "end": percent(until),
        "words": counted,
        "first": span["first"],
        "rest": rest,
        "title": title,
        "text": text,
        "spoken": f"{title} {text}".removesuffix("."),
    }
