"""The reader: a reading begins with a POST and then shows one marked page for each request, never the file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from documents import access
from documents.delivery import TooMany
from documents.models import Delivery, Document
from documents.reading import flows, thumbnails
from documents.reading.zoom import Zoom
from documents.views import HOUR, later
from trustcenter.accounts.signed_in import person
from trustcenter.web import throttle

# Page images for one person: nobody reads a page a second, and nobody goes on like that for an hour.
LIMITS = (("pages-minute", 60, 60), ("pages-hour", 400, 3600))
# Thumbnails have a limit of their own: those around a page must not use up the reader's pages. No text can be read in
# them, so the limit only keeps one person from using a processor for long.
THUMBNAILS = (("thumbnails-minute", 240, 60),)
# Pages before and after this one that have a thumbnail beside it.
AROUND = 3


@require_POST
def read(request: HttpRequest, slug: str) -> HttpResponse:
    """Begins a reading and redirects to the page that was asked for, or to the first."""
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
    """Redirects to the page whose number was entered."""
    typed = request.GET.get("page", "1")
    found = _opened(request, slug, id)
    if isinstance(found, access.Refused):
        return _refused(request, get_object_or_404(Document, slug=slug), found)
    number = _number(typed)
    if number is None or number > found.pages:
        return _no_such_page(request, found, typed)
    target = reverse("documents:reading_page", args=[slug, id, number])
    return redirect(f"{target}{Zoom.of(request.GET.get('zoom', '')).query}#page")


@require_GET
def reading_page(request: HttpRequest, slug: str, id: str, number: int) -> HttpResponse:
    """One page of the document with links to the others, or the reason why it cannot be opened now."""
    found = _opened(request, slug, id)
    if isinstance(found, access.Refused):
        return _refused(request, get_object_or_404(Document, slug=slug), found, number)
    if not 1 <= number <= found.pages:
        return _no_such_page(request, found, str(number))
    # Checked before the image is requested, because an image that is refused cannot say why.
    if any(throttle.exhausted(request, *limit, key=person(request).pk) for limit in LIMITS):
        return render(request, "documents/too_fast.html", {"reading": found, "number": number}, status=429)
    context = {
        "reading": found,
        "document": found.document,
        "number": number,
        "around": range(max(1, number - AROUND), min(found.pages, number + AROUND) + 1),
        "zoom": Zoom.of(request.GET.get("zoom", "")),
        "zooms": list(Zoom),
    }
    return render(request, "documents/reading.html", context)


@require_GET
def page_image(request: HttpRequest, slug: str, id: str, number: int) -> HttpResponse:
    """One page as an image with its reader's mark. Access is checked for each."""
    found = _opened(request, slug, id)
    if isinstance(found, access.Refused):
        return _words(str(found), 403)
    if not 1 <= number <= found.pages:
        raise Http404
    reader = person(request).pk
    if not all(throttle.allow(request, *limit, key=reader) for limit in LIMITS):
        # Once an hour: nothing is deleted from the log, and one person must not fill it.
        if throttle.allow(request, "pages-rushed", limit=1, seconds=3600, key=reader):
            flows.rushed(found)
        return _words(_("You opened many pages in a short time. Wait a minute, then continue reading."), 429)
    picture = flows.page(found, number)
    flows.note_page(found, number)
    return image(picture)


@require_GET
def thumbnail(request: HttpRequest, slug: str, id: str, number: int) -> HttpResponse:
    """One page as a small image with the copy's code. Access is checked for each."""
    found = _opened(request, slug, id)
    if isinstance(found, access.Refused):
        return _words(str(found), 403)
    if not 1 <= number <= found.pages:
        raise Http404
    if not all(throttle.allow(request, *limit, key=person(request).pk) for limit in THUMBNAILS):
        return _words(_("Thumbnails are paused for a minute. You can still open each page."), 429)
    return image(thumbnails.thumbnail(found, number))


def image(data: bytes) -> HttpResponse:
    """A marked page as the response to a request for its picture."""
    response = HttpResponse(data, content_type="image/jpeg")
    # No cache keeps it, nothing in it runs, and only our own pages show it.
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


def _opened(request: HttpRequest, slug: str, id: str) -> flows.Reading | access.Refused:
    """The person's own open reading, or why it cannot be opened; another person's answers as if it did not exist."""
    try:
        return flows.opened(slug, id, reader=person(request), session_key=request.session.session_key or "")
    except Delivery.DoesNotExist:
        raise Http404 from None
    except access.Refused as refusal:
        return refusal


def _number(typed: str) -> int | None:
    """The page number that was entered, or None."""
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
