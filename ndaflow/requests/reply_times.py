"""How soon we answer, in words: what is usual, and what we promise. The form, the page and the mails say the same."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.models import Level
from ndaflow.duty.hours import office
from ndaflow.requests import measures
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.web.dates import written


def before_asking() -> str:
    """For the form: the usual time, and the longest target among the levels that need a decision."""
    target = Level.objects.filter(is_public=False).aggregate(longest=Max("target_hours"))["longest"]
    return _joined(usual(measures.usual_hours()), _target(target) if target else "")


def of_request(request: AccessRequest) -> str:
    """For the page and the mails of one request: the usual time, and until when we want to have decided it."""
    return _joined(usual(measures.usual_hours()), until(request, timezone.now()))


def usual(hours: int | None) -> str:
    """Empty while too few requests were decided to say so."""
    if hours is None:
        return ""
    return ngettext("Usual reply: %(n)s hour.", "Usual reply: %(n)s hours.", hours) % {"n": hours}


def until(request: AccessRequest, now: datetime) -> str:
    """The target of a request that waits for us, or that we missed it; empty while it waits for somebody else."""
    if request.status != RequestStatus.OPEN or request.due_at is None or request.paused_at is not None:
        return ""
    words = {"when": at_the_office(request.due_at)}
    if request.due_at < now:
        return _("We are late: we wanted to decide by %(when)s.") % words
    return _("You will hear from us by %(when)s.") % words


def at_the_office(instant: datetime) -> str:
    """An instant in the time zone of the business hours, which it names; one query."""
    zone = ZoneInfo(office().zone)
    return _("%(when)s (%(zone)s)") % {"when": written(instant.astimezone(zone), "j F Y, H:i"), "zone": zone.key}


def _target(hours: int) -> str:
    return ngettext("Our target: %(n)s business hour.", "Our target: %(n)s business hours.", hours) % {"n": hours}


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
