"""What time the reports cover, drawn to scale: the one thing here that is quicker seen than read."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import template
from django.utils import timezone

register = template.Library()


@register.inclusion_tag("components/coverage.html")
def coverage(documents: Iterable[Any]) -> dict[str, Any]:
    """The periods of `documents` as bars on one axis with today marked; nothing with fewer than two periods.

    Positions are percentages of the axis, written with a point in every language.
    """
    reports = [document for document in documents if document.period_start and document.period_end]
    if len(reports) < 2:
        return {"rows": []}
    today = timezone.localdate()
    first: date = min(report.period_start for report in reports).replace(month=1, day=1)
    span: int = (max(today, *(report.period_end for report in reports)) - first).days + 1

    def at(day: date) -> float:
        return (day - first).days * 100 / span

    def percent(number: float) -> str:
        return f"{number:.2f}%"

    now = at(today)
    rows = [
        {
            "document": report,
            "x": percent(at(report.period_start)),
            # A period of a few days still has to be seen.
            "width": percent(max(at(report.period_end) - at(report.period_start), 0.8)),
        }
        for report in sorted(reports, key=lambda report: (report.period_start, report.period_end))
    ]
    years = [date(year, 1, 1) for year in range(first.year, first.year + span // 365 + 2)]
    ticks = [{"x": percent(at(year)), "year": year.year} for year in years if at(year) < 100]
    # Beside the word "today" there is no room for a year.
    crowded = [percent(at(year)) for year in years if now - 22 < at(year) < now + 12]
    return {"rows": rows, "ticks": ticks, "crowded": crowded, "now": percent(now), "today": today}
