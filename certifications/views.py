"""The public page that needs nothing but the public facts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from certifications import evidence, posture
from certifications.history import days, past
from certifications.models import Subprocessor
from trustcenter.web.public_pages import public_page_with

State = Subprocessor.State


@public_page_with("as_of")
def subprocessors(request: HttpRequest) -> HttpResponse:
    """The third parties that process customers' data, what will change, and who did: today, or on the day in `as_of`."""
    try:
        revision = days.asked(request)
    except days.NoSuchDay as refusal:
        return days.no_such_day(request, refusal)
    day = days.day_of(request)
    rows = past.facts(revision).subprocessors if revision else list(posture.subprocessors())
    context: dict[str, Any] = {
        # Of a day in the past, the documents of today prove nothing.
        "evidence": {} if revision else evidence.shown(),
        "profile": posture.profile(),
        "revision": revision,
        "day": day,
        "today": timezone.localdate(),
        # Not about what was announced in the past.
        "objections": revision is None,
        "announced": [one for one in rows if one.state_on(day) == State.ANNOUNCED],
        "leaving": [one for one in rows if one.state_on(day) == State.ACTIVE and one.ended],
        "subprocessors": [one for one in rows if one.state_on(day) == State.ACTIVE],
        "ended": [one for one in rows if one.state_on(day) == State.ENDED],
    }
    return render(request, "public/subprocessors.html", context)
