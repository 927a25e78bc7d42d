"""The access review: what is open to whom, row by row, and the answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from documents.models import Document
from ndaflow.desk.review import flows, listing, table
from ndaflow.desk.review.forms import RevokeForm
from ndaflow.desk.review.models import Review, ReviewedGrant
from ndaflow.requests.flows import DECIDE
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import spreadsheet

PAGE, MOST_FORMER = 50, 5

may_view = permission_required("ndaflow.view_review", raise_exception=True)
may_answer = permission_required(DECIDE, raise_exception=True)


@dataclass(frozen=True)
class Line:
    """One row of the page: why somebody holds a document, the answer in words, and whether it may be given here."""

    holding: listing.Holding
    why: str
    answer: str
    may_answer: bool
    # The filter of the page, which the answer leads back to.
    query: str


@require_GET
@may_view
def current(request: HttpRequest) -> HttpResponse:
    """The open review, or who holds what now."""
    # The open one is the newest.
    recent = _recent()
    return _page(request, next((one for one in recent if one.finished_at is None), None), recent)


@require_GET
@may_view
def review(request: HttpRequest, id: str) -> HttpResponse:
    """One review, also a finished one."""
    return _page(request, _find(id), _recent())


@require_POST
@may_answer
def start(request: HttpRequest) -> HttpResponse:
    """Begins a review of everything that is open."""
    return _after(partial(flows.start, by=person(request)), request, "", _("The review has begun."))


@require_POST
@may_answer
def keep(request: HttpRequest, id: str) -> HttpResponse:
    """Says that one row is still needed."""
    row = _row(id)
    return _after(partial(flows.keep, row, by=person(request)), request, row.review_id, _("Saved."))


@require_POST
@may_answer
def revoke(request: HttpRequest, id: str) -> HttpResponse:
    """Ends the access of one row, with a reason that the reader gets."""
    row, form = _row(id), RevokeForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(one) for one in form.errors["reason"]))
        return redirect(_back(request, row.review_id))
    step = partial(flows.revoke, row, reason=form.cleaned_data["reason"], by=person(request))
    return _after(step, request, row.review_id, _("Revoked. The reader gets your reason by e-mail."))


@require_POST
@may_answer
def finish(request: HttpRequest, id: str) -> HttpResponse:
    """Finishes a review whose rows are all answered."""
    return _after(partial(flows.finish, _find(id), by=person(request)), request, id, _("The review is finished."))


@require_GET
@may_view
def holdings_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Who holds what now, as the page's filter shows it."""
    now = timezone.now()
    rows = listing.with_reasons(listing.held(listing.chosen(request.GET), now)).iterator(chunk_size=listing.CHUNK)
    found = listing.holdings(rows, now, listing.titles())
    return spreadsheet.response("access.csv", table.head(), table.rows(found))


@require_GET
@may_view
def review_csv(request: HttpRequest, id: str) -> StreamingHttpResponse:
    """A review with its answers, as the page's filter shows it."""
    now, found = timezone.now(), _find(id)
    rows = listing.with_reasons(listing.reviewed(found, listing.chosen(request.GET), now)).iterator(
        chunk_size=listing.CHUNK
    )
    shown = listing.holdings(rows, now, listing.titles())
    return spreadsheet.response(f"access-review-{found}.csv", table.head(), table.rows(shown))


def _recent() -> list[Review]:
    return list(Review.objects.select_related("started_by", "finished_by")[:MOST_FORMER])


def _page(request: HttpRequest, found: Review | None, recent: list[Review]) -> HttpResponse:
    now, what = timezone.now(), listing.chosen(request.GET)
    rows = listing.reviewed(found, what, now) if found else listing.held(what, now)
    progress = listing.progress(found, now) if found else None
    pages = Paginator(rows.values_list("pk", flat=True), PAGE)
    if progress and what == listing.EVERYTHING:
        pages.count = progress.rows
    page = pages.get_page(request.GET.get("page"))
    shown, by = listing.on_page(rows, list(page)), person(request)
    return render(
        request,
        "desk/review.html",
        {
            "review": found,
            "page": page,
            "lines": _lines(shown, now, found, by, request.GET.urlencode()),
            "progress": progress,
            "chosen": what,
            "documents": Document.objects.exclude(level__is_public=True).order_by("position", "slug"),
            "former": [one for one in recent if one.finished_at is not None],
            "may_answer": by.has_perm(DECIDE),
            "query": request.GET.urlencode(),
        },
    )


def _lines(rows: Iterable[Any], now: datetime, review: Review | None, by: User, query: str) -> list[Line]:
    is_open = review is not None and review.finished_at is None
    may_answer = is_open and by.has_perm(DECIDE)
    return [
        Line(one, listing.why(one), table.answer(one), may_answer=may_answer and one.is_open, query=query)
        for one in listing.holdings(rows, now, listing.titles())
    ]


def _find(id: str) -> Review:
    found = Review.objects.select_related("started_by", "finished_by").filter(pk=id).first()
    if found is None:
        raise Http404
    return found


def _row(id: str) -> ReviewedGrant:
    found = ReviewedGrant.objects.filter(grant=id, review__finished_at=None).first()
    if found is None:
        raise Http404
    return found


def _after(step: Callable[[], object], request: HttpRequest, review: str, done: str) -> HttpResponse:
    try:
        step()
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(_back(request, review))


def _back(request: HttpRequest, review: str) -> str:
    """The page of the review as it was filtered. Only its query comes from the form."""
    path = reverse("desk:review_of", args=[review]) if review else reverse("desk:review")
    query = QueryDict(request.POST.get("query", "")[:500]).urlencode()
    return f"{path}?{query}" if query else path
