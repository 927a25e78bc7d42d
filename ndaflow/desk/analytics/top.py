"""The three small charts above the queue."""

from datetime import datetime

from ndaflow.desk.analytics import figures, report
from ndaflow.desk.analytics.charts import Chart
from ndaflow.desk.waiting import Waiting
from ndaflow.duty.business_time import BusinessTime

WEEKS = 8


def charts(waiting: Waiting, *, now: datetime, office: BusinessTime) -> list[Chart]:
    """What waits, how long decisions took, and how many requests came; one query."""
    weeks = figures.weeks(WEEKS, now=now, office=office)
    return [report.waiting(waiting), report.times(weeks, with_p90=False), report.opened(weeks)]
