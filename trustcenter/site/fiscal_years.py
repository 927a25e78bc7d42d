"""Whether the reports cover somebody's fiscal year, for a year that starts in any month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trustcenter.web import dates
from trustcenter.web.templatetags.coverage import Bar, Lane

DAY = timedelta(days=1)
# As many years are answered for, the newest first.
YEARS = 3

# First and last day.
Span = tuple[date, date]


@dataclass(frozen=True)
class FiscalYear:
    """How the reports and letters of one framework cover the days of a year until today."""

    start: date
    end: date
    # The days that have passed, and how many of them a report covers, and a letter only.
    days: int
    by_report: int
    by_letter: int
    gaps: Sequence[Span]

    @property
    def uncovered(self) -> int:
        return self.days - self.by_report - self.by_letter

    @property
    def is_over(self) -> bool:
        return self.days == (self.end - self.start).days + 1

    @property
    def tone(self) -> str:
        if not self.by_report:
            return "none"
        return "good" if self.by_report == self.days else "wait"

    @property
    def word(self) -> str:
        """The answer in a word or two."""
        if not self.by_report and not self.by_letter:
            return _("Not covered")
        if self.uncovered:
            return ngettext("%(n)d day is not covered", "%(n)d days are not covered", self.uncovered) % {
                "n": self.uncovered
            }
        if self.by_letter:
            return ngettext("Covered, %(n)d day by a letter", "Covered, %(n)d days by a letter", self.by_letter) % {
                "n": self.by_letter
            }
        return _("Covered") if self.is_over else _("Covered until today")

    @property
    def period(self) -> str:
        return dates.period(self.start, self.end)

    @property
    def gap_words(self) -> list[str]:
        return [dates.period(first, last) for first, last in self.gaps]


def of(lane: Lane, first_month: int, today: date) -> list[FiscalYear]:
    """The fiscal years from the one of today back, as far as the first report reaches."""
    if not lane.bars:
        return []
    begin = min(bar.start for bar in lane.bars)
    # Of a year that begins today, no day has passed.
    start = _start(today - DAY, first_month)
    found: list[FiscalYear] = []
    while len(found) < YEARS and start.replace(year=start.year + 1) > begin:
        found.append(_year(lane.bars, start, today))
        start = start.replace(year=start.year - 1)
    return found


def _start(day: date, first_month: int) -> date:
    """The first day of the fiscal year that the day is in."""
    return date(day.year if day.month >= first_month else day.year - 1, first_month, 1)


def _year(bars: Iterable[Bar], start: date, today: date) -> FiscalYear:
    end = start.replace(year=start.year + 1) - DAY
    # Today is not over, so nothing has to cover it yet.
    until = min(end, today - DAY)
    reports = uncovered([bar for bar in bars if not bar.letter], start, until)
    nothing = uncovered(bars, start, until)
    days = (until - start).days + 1
    by_report = days - length(reports)
    return FiscalYear(start, end, days, by_report, days - by_report - length(nothing), nothing)


def uncovered(bars: Iterable[Bar], start: date, end: date) -> list[Span]:
    """The spans from `start` to `end`, both included, that no bar covers."""
    found: list[Span] = []
    free = start
    for bar in sorted(bars, key=lambda bar: bar.start):
        if bar.end < free:
            continue
        if bar.start > end:
            break
        if bar.start > free:
            found.append((free, bar.start - DAY))
        free = bar.end + DAY
    if free <= end:
        found.append((free, end))
    return found


def length(spans: Iterable[Span]) -> int:
    return sum((last - first).days + 1 for first, last in spans)
