"""The analytics page, and its tables for a spreadsheet."""

from django.contrib.auth.decorators import permission_required
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from ndaflow.desk import waiting
from ndaflow.desk.analytics import figures, report
from ndaflow.desk.analytics.charts import Chart
from ndaflow.duty.hours import business_time
from trustcenter.web import spreadsheet

may_view = permission_required("ndaflow.view_accessrequest", raise_exception=True)


class Period(models.TextChoices):
    """How many weeks back; the value is in the URL."""

    TWO_MONTHS = "8", _("8 weeks")
    QUARTER = "13", _("13 weeks")
    HALF = "26", _("26 weeks")
    YEAR = "52", _("52 weeks")

    @classmethod
    def of(cls, asked: str) -> "Period":
        return cls(asked) if asked in cls.values else cls.QUARTER


@require_GET
@may_view
def analytics(request: HttpRequest) -> HttpResponse:
    """How many requests came, how long they took, what waits, what was read, and who decided."""
    period = Period.of(request.GET.get("weeks", ""))
    context = {"period": period, "periods": list(Period), "charts": _charts(period)}
    return render(request, "desk/analytics.html", context)


@require_GET
@may_view
def analytics_csv(request: HttpRequest, figure: str) -> StreamingHttpResponse:
    """The table of one chart as CSV."""
    found = next((one for one in _charts(Period.of(request.GET.get("weeks", ""))) if one.slug == figure), None)
    if found is None:
        raise Http404
    return spreadsheet.response(f"{figure}.csv", found.head, found.rows)


def _charts(period: Period) -> list[Chart]:
    """Every chart; seven queries and the calendar's."""
    now, office = timezone.now(), business_time()
    weeks = figures.weeks(int(period), now=now, office=office)
    begin = figures.since(weeks.weeks[0].begins, office)
    return [
        report.opened(weeks),
        report.times(weeks, with_p90=True),
        report.waiting(waiting.everything()),
        report.deciders(figures.deciders(begin)),
        report.documents(figures.documents(begin)),
        report.companies(figures.companies(begin)),
    ]
