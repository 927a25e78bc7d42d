"""The charts of the analytics page, each from its figures. The same tables are offered as CSV."""

from collections.abc import Sequence

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ndaflow.desk.analytics import charts
from ndaflow.desk.analytics.charts import Chart, Shape
from ndaflow.desk.analytics.figures import Week, Weeks, percentile
from ndaflow.desk.waiting import Waiting
from ndaflow.requests.models import Decision

NOTHING = "–"


def waiting(found: Waiting) -> Chart:
    """What the open requests wait for now."""
    parts = (
        (_("Our review"), found.review, "us"),
        (_("Second approval"), found.second, "us"),
        (_("Their answer"), found.answer, "them"),
        (_("Legal"), found.legal, "them"),
        (_("Their signature"), found.signature, "them"),
    )
    ours, whole = found.review + found.second, sum(n for _label, n, _of in parts)
    number, sentence = _("Nothing waits"), ""
    if whole:
        number, sentence = (
            _("%(n)s of %(all)s") % {"n": ours, "all": whole},
            ngettext("waits for us", "wait for us", ours),
        )
    return Chart(
        "waiting",
        _("Waiting for"),
        number,
        sentence,
        Shape.BARS,
        (_("Waiting for"), _("Requests")),
        [(label, str(n)) for label, n, _of in parts],
        bars=charts.bars(parts),
    )


def times(what: Weeks, *, with_p90: bool) -> Chart:
    """How long decisions took, in business hours: the median of each week, and the time within which nine of ten came."""
    took = what.took
    values = [[week.median for week in what.weeks]]
    if with_p90:
        values.append([week.p90 for week in what.weeks])
    most = max([one for line in values for one in line if one is not None] + [float(what.target or 1)])
    target = "" if what.target is None else _("; the target is %(time)s (dashed)") % {"time": hours(what.target)}
    if (median := percentile(took, 0.5)) is None:
        number, sentence = _("No decision yet"), target
    elif with_p90:
        number = hours(median)
        sentence = _("median, and nine of ten within %(p90)s%(target)s") % {
            "p90": hours(percentile(took, 0.9)),
            "target": target,
        }
    else:
        number, sentence = hours(median), _("median%(target)s") % {"target": target}
    head = [_("Week of"), _("Decided"), _("Median, in hours"), _("Nine of ten within, in hours")]
    return Chart(
        "times",
        _("Time to a decision"),
        number,
        sentence,
        Shape.LINE,
        head,
        [(day(week), str(week.decided), bare(week.median), bare(week.p90)) for week in what.weeks],
        lines=[charts.line(one, most) for one in values],
        target=None if what.target is None else charts.height(what.target, most),
        ends=ends(what.weeks),
    )


def opened(what: Weeks) -> Chart:
    """New requests a week; the sentence compares this week with a usual one."""
    *before, current = what.weeks
    usual = sum(week.opened for week in before) / len(before) if before else 0
    sentence = _("so far this week")
    if usual:
        sentence = _("so far this week, %(usual)s in a typical week") % {"usual": bare(usual)}
    return Chart(
        "requests",
        _("New requests per week"),
        str(current.opened),
        sentence,
        Shape.COLUMNS,
        (_("Week of"), _("Requests")),
        [(day(week), str(week.opened)) for week in what.weeks],
        bars=charts.columns([week.opened for week in what.weeks]),
        ends=ends(what.weeks),
    )


def documents(found: Sequence[tuple[str, int]]) -> Chart:
    """Which documents were read or downloaded most."""
    total = sum(n for _title, n in found)
    return Chart(
        "documents",
        _("Documents read"),
        str(total),
        ngettext("reading or download", "readings and downloads", total),
        Shape.TABLE,
        (_("Document"), _("Times")),
        [(title, str(n)) for title, n in found],
        shares=charts.shares([n for _title, n in found]),
    )


def companies(found: Sequence[tuple[str, int, int]]) -> Chart:
    """Which companies asked most."""
    named = [one for one in found if one[0]]
    return Chart(
        "companies",
        _("Companies that asked"),
        named[0][0] if named else _("No company"),
        _("asked most") if named else _("asked in this period"),
        Shape.TABLE,
        (_("Company"), _("Requests"), _("Granted now")),
        [(name or _("Without a company"), str(n), str(granted)) for name, n, granted in found],
        shares=charts.shares([n for _name, n, _granted in found]),
    )


def deciders(found: dict[tuple[bool, str], int]) -> Chart:
    """How much the rules decided."""
    parts = [
        (_("Person approved"), found.get((False, Decision.Verdict.APPROVE), 0), "us"),
        (_("Person denied"), found.get((False, Decision.Verdict.DENY), 0), "us"),
        (_("Rule approved"), found.get((True, Decision.Verdict.APPROVE), 0), "them"),
        (_("Rule denied"), found.get((True, Decision.Verdict.DENY), 0), "them"),
    ]
    whole, ruled = sum(n for _label, n, _of in parts), parts[2][1] + parts[3][1]
    share = round(100 * ruled / whole) if whole else 0
    return Chart(
        "deciders",
        _("Decided by rules"),
        _("%(share)s %%") % {"share": share},
        ngettext("of %(n)s decision on a document", "of %(n)s decisions on documents", whole) % {"n": whole},
        Shape.BARS,
        (_("Decided by"), _("Decisions")),
        [(label, str(n)) for label, n, _of in parts],
        bars=charts.bars(parts),
    )


def hours(value: float | None) -> str:
    if value == 0:
        # Times are counted in quarters of an hour.
        return _("a few minutes")
    words = ngettext("%(n)s business hour", "%(n)s business hours", 1 if value == 1 else 2)
    return words % {"n": bare(value)}


def bare(value: float | None) -> str:
    if value is None:
        return NOTHING
    rounded = round(value, 1)
    return number_format(rounded, 0 if rounded == int(rounded) else 1)


def day(week: Week) -> str:
    return date_format(week.begins, "j M Y")


def ends(weeks: Sequence[Week]) -> tuple[str, str]:
    return date_format(weeks[0].begins, "j M"), _("this week")
