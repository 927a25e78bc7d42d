"""The time that is left until the target of a request, as a bar and in words. It counts working hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from ndaflow.duty.business_time import BusinessTime
from ndaflow.requests.models import AccessRequest

# Nobody needs to know more exactly, and counting on would take as long as the request is late.
MOST = timedelta(hours=800)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class TimeLeft:
    """`share` is how much of the target is used, in percent; None while the clock stands."""

    words: str
    tone: str
    share: int | None = None


def of(request: AccessRequest, now: datetime, office: BusinessTime) -> TimeLeft | None:
    """The time left of an open request; None if it has no target."""
    if request.due_at is None or request.target_hours is None:
        return None
    if request.paused_at is not None:
        return TimeLeft(_("Clock stopped"), "none")
    left = office.left(now, request.due_at, most=MOST)
    if left < timedelta():
        return TimeLeft(_("%(time)s over") % {"time": words(-left)}, "bad", 100)
    used = 1 - left / timedelta(hours=request.target_hours)
    return TimeLeft(words(left), "wait" if used >= 1 / 2 else "good", min(100, max(0, round(used * 100))))


def words(span: timedelta) -> str:
    """A span of working hours in words: "40 min", "3 h 10 min", "22 h"."""
    if span >= MOST:
        return _("more than %(n)s h") % {"n": MOST // HOUR}
    hours, rest = divmod(span, HOUR)
    minutes = rest // MINUTE
    if hours == 0:
        return _("%(n)s min") % {"n": minutes}
    if hours >= 10 or minutes == 0:
        return _("%(n)s h") % {"n": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
