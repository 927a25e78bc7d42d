"""The day that `?as_of=2026-03-01` asks about: the revision that the day ended with."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from certifications import posture
from certifications.history import revising
from certifications.models import PostureRevision


class NoSuchDay(Exception):
    """There is nothing for what was asked. The text is the sentence for the reader; `status` is that of the answer."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def asked(request: HttpRequest, name: str = "as_of") -> PostureRevision | None:
    """The revision of the day that the request names; None if it names none. Raises NoSuchDay."""
    typed = request.GET.get(name)
    if typed is None:
        return None
    day = _day(typed)
    if day is None:
        raise NoSuchDay(_("Write the day as year, month and day, such as 2026-03-01."), status=400)
    if day > timezone.localdate():
        raise NoSuchDay(_("This day is in the future."), status=400)
    found = revising.on(day)
    if found is None:
        raise NoSuchDay(_("Nothing was published here by the end of that day."), status=404)
    return found


def day_of(request: HttpRequest, name: str = "as_of") -> date:
    """The day that the request names, or today."""
    return _day(request.GET.get(name, "")) or timezone.localdate()


def no_such_day(request: HttpRequest, refusal: NoSuchDay) -> HttpResponse:
    context = {"profile": posture.profile(), "sentence": str(refusal)}
    return render(request, "public/no_such_day.html", context, status=refusal.status)


def _day(typed: str) -> date | None:
    try:
        return parse_date(typed)
    except ValueError:
        return None
