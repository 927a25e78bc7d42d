"""What has changed on the public pages, and each state of them as data with its receipt."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from certifications import posture
from certifications.history import days, revising
from certifications.history.differences import told
from certifications.history.since import Since
from certifications.models import PostureRevision
from trustcenter.audit import receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.text import subject_of
from trustcenter.web.public_pages import public_page, public_page_with

PER_PAGE = 20
PLAIN = "text/plain; charset=utf-8"


@public_page_with("page", "since")
def changes(request: HttpRequest) -> HttpResponse:
    """What has changed on the public pages, the newest first; `?since=2026-03-01` sums up what differs since that day."""
    try:
        asked = days.asked(request, "since")
    except days.NoSuchDay as refusal:
        return days.no_such_day(request, refusal)
    pages = Paginator(PostureRevision.objects.defer("deflated"), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    entries = [(one, [told(difference) for difference in one.differences]) for one in page]
    context: dict[str, Any] = {
        "profile": posture.profile(),
        "page": page,
        "entries": entries,
        "today": timezone.localdate(),
    }
    if asked:
        context |= {"since": Since.of(asked, revising.newest() or asked), "day": days.day_of(request, "since")}
    return render(request, "public/changes.html", context)


@public_page
def posture_of(request: HttpRequest, number: int) -> HttpResponse:
    """The posture.json of one revision, byte for byte."""
    return as_json(get_object_or_404(PostureRevision, number=number))


@public_page
def receipt(request: HttpRequest, number: int) -> HttpResponse:
    """The receipt of the record that names the SHA-256 of a revision."""
    return receipt_of(get_object_or_404(PostureRevision.objects.defer("deflated"), number=number))


def receipt_of(row: PostureRevision) -> HttpResponse:
    """A receipt as a file, or when there will be one."""
    record = Record.objects.select_related("detail").filter(action=Action.CONTENT_REVISED, subject=subject_of(row))
    try:
        text = receipts.receipt(record[0])
    except (IndexError, receipts.Unprovable):
        raise Http404 from None
    except receipts.TooYoung:
        sentence = _("No checkpoint covers this revision yet. Try again in a minute.")
        return HttpResponse(f"{sentence}\n", content_type=PLAIN, status=503, headers={"Retry-After": "60"})
    response = HttpResponse(text, content_type=PLAIN)
    response["Content-Disposition"] = f'attachment; filename="posture-{row.number}.tlog-proof"'
    return response


def as_json(revision: PostureRevision) -> HttpResponse:
    """A revision as a response. The header names its number, to find its receipt."""
    response = HttpResponse(revision.body, content_type="application/json")
    response["Content-Revision"] = str(revision.number)
    return response
