"""The viewer: a reading begins with a POST, and then shows one marked page for each request, never the file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from documents import access
from documents.delivery import TooMany
from documents.models import Delivery, Document
from documents.reading import flows
from documents.views import HOUR, later
from trustcenter.accounts.signed_in import person
from trustcenter.web import throttle

# Page images for one person: nobody reads a page a second, and nobody reads on like that for an hour.
LIMITS = (("pages-minute", 60, 60), ("pages-hour", 400, 3600))


@require_POST
def read(request: HttpRequest, slug: str) -> HttpResponse:
    """Begins a reading and leads to the page that was asked for, or to the first."""
    document = get_object_or_404(Document, slug=slug)
    try:
        delivery = flows.start(slug, reader=person(request), session_key=request.session.session_key or "")
    except flows.BeingDrawn as refusal:
        context = {"document": document, "refusal": refusal}
        response = render(request, "documents/being_drawn.html", context, status=503)
        response["Retry-After"] = "15"
        return response
    except TooMany as refusal:
        return later(request, document, str(refusal), status=429, seconds=HOUR)
    except access.Refused as refusal:
        return _refused(request, document, refusal)
    asked = _number(request.POST.get("page", ""))
    number = asked if asked and asked <= (delivery.version.pages or 0) else 1
    return redirect("documents:reading_page", slug, delivery.pk, number)


@require_GET
def turn(request: HttpRequest, slug: str, id: str) -> HttpResponse:
    """Leads to the page whose number was typed."""
    typed = request.GET.get("page", "1")
    found = _opened(request, slug, id)
    if isinstance(found, access.Refused):
        return _refused(request, get_object_or_404(Document, slug=slug), found)
    number = _number(typed)
    if number is None or number > found.pages:
        return _no_such_page(request, found, typed)
    return redirect("documents:reading_page", slug, id, number)


@require_GET
def reading_page(request: HttpRequest, slug: str, id: str, number: int) -> HttpResponse:
    """One page of the document with the ways to the others, or why it is shut now."""
    found = _opened(request, slug, id)
    if isinstance(found, access.Refused):
        return _refused(request, get_object_or_404(Document, slug=slug), found, number)
    if not 1 <= number <= found.pages:
        return _no_such_page(request, found, str(number))
    # Asked before the picture is, because a picture that is refused cannot say why.
    if any(throttle.exhausted(request, name, limit, key=person(request).pk) for name, limit, _seconds in LIMITS):
        return render(request, "documents/too_fast.html", {"reading": found, "number": number}, status=429)
    return render(request, "documents/reading.html", {"reading": found, "document": found.document, "number": number})


@require_GET
def page_image(request: HttpRequest, slug: str, id: str, number: int) -> HttpResponse:
    """One page as a picture that carries its reader's mark. The door is asked for each."""
    found = _opened(request, slug, id)
    if isinstance(found, access.Refused):
        return _words(str(found), 403)
    if not 1 <= number <= found.pages:
        raise Http404
    reader = person(request).pk
    if not all(throttle.allow(request, name, limit, seconds, key=reader) for name, limit, seconds in LIMITS):
        # Not without end: the log is for keeps.
        if throttle.allow(request, "pages-rushed", limit=1, seconds=3600, key=reader):
            flows.rushed(found)
        return _words(_("You have turned very many pages in a short time. Wait a minute, then read on."), 429)
    response = HttpResponse(flows.page(found, number), content_type="image/jpeg")
    # Kept nowhere, run as nothing; shown in our own pages only.
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


def _opened(request: HttpRequest, slug: str, id: str) -> flows.Reading | access.Refused:
    """The person's own open reading, or why it is shut; somebody else's answers like one that is not there."""
    try:
        return flows.opened(slug, id, reader=person(request), session_key=request.session.session_key or "")
    except Delivery.DoesNotExist:
        raise Http404 from None
    except access.Refused as refusal:
        return refusal


def _number(typed: str) -> int | None:
    """A page's number as people type it, or None."""
    typed = typed.strip()
    return int(typed) or None if typed.isascii() and typed.isdecimal() and len(typed) < 8 else None


def _refused(request: HttpRequest, document: Document, refusal: access.Refused, number: int = 1) -> HttpResponse:
    context = {
        "document": document,
        "sentence": str(refusal),
        "to_read": isinstance(refusal, flows.Ended),
        "to_download": isinstance(refusal, access.WrongWay),
        "number": number,
    }
    return render(request, "documents/refused.html", context, status=403)


def _no_such_page(request: HttpRequest, found: flows.Reading, typed: str) -> HttpResponse:
    context = {"reading": found, "typed": typed[:20]}
    return render(request, "documents/no_such_page.html", context, status=404)


def _words(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
