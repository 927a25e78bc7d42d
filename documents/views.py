"""The documents page, the public files and a reader's download."""

from collections.abc import Iterator
from typing import BinaryIO

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_POST, require_safe

from certifications import posture
from documents import access, delivery, linked
from documents.models import Document
from documents.standing import standings
from trustcenter.accounts.signed_in import person
from trustcenter.vault import files as vault
from trustcenter.web import sending
from trustcenter.web.client import client_address
from trustcenter.web.public_pages import public_page
from trustcenter.web.throttle import network_of

CHUNK = 512 * 1024
HOUR = 3600


@public_page
def documents(request: HttpRequest) -> HttpResponse:
    """Every document, with its standing for a signed-in reader."""
    found = list(Document.objects.select_related("level").prefetch_related("versions"))
    context = {
        "documents": found,
        "standings": standings(request.user, found, timezone.now()),
        "gated": any(document.can_be_requested for document in found),
    }
    return render(request, "documents/library.html", context)


@public_page
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """One document: its description, its period, who may read it and how to get it."""
    found = get_object_or_404(
        Document.objects.select_related("level").prefetch_related("versions__original"), slug=slug
    )
    standing = standings(request.user, [found], timezone.now()).get(found.pk)
    profile = posture.profile()
    context = {
        "profile": profile,
        "data_block": linked.of_document(request, profile, found),
        "document": found,
        "current": found.current,
        "standing": standing,
    }
    return render(request, "documents/document.html", context)


@login_not_required
@require_safe
def document_open(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The file of a public document; any other document answers as if it did not exist."""
    try:
        version = access.open_version(get_object_or_404(Document, slug=slug))
    except access.Refused:
        raise Http404 from None
    stored = version.original
    if stored is None:
        raise Http404
    etag = f'"{stored.sha256}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        network = network_of(client_address(request))
        try:
            response = sending.places.send(
                network,
                lambda: _pdf(_chunks(vault.open(version, "original")), f"{slug}-v{version.number}.pdf", stored.size),
            )
        except sending.Full as full:
            return later(request, version.document, str(full), status=503, seconds=sending.RETRY_SECONDS)
    response["ETag"] = etag
    # Browsers ask each time, because a public document can become restricted.
    response["Cache-Control"] = "public, no-cache"
    return response


@require_POST
def document_download(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A copy marked for the reader, or the reason for the refusal and what to do next."""
    reader, session_key = person(request), request.session.session_key or ""
    try:
        response = sending.places.send(
            reader.pk, lambda: _copy(delivery.deliver(slug, reader=reader, session_key=session_key))
        )
    except sending.Full as full:
        document = get_object_or_404(Document, slug=slug)
        return later(request, document, str(full), status=503, seconds=sending.RETRY_SECONDS)
    except Document.DoesNotExist:
        raise Http404 from None
    except delivery.TooMany as refusal:
        document = get_object_or_404(Document, slug=slug)
        return later(request, document, str(refusal), status=429, seconds=HOUR)
    except access.Refused as refusal:
        found = Document.objects.get(slug=slug)
        to_read = isinstance(refusal, access.WrongWay)
        context = {"document": found, "sentence": str(refusal), "to_read": to_read}
        return render(request, "documents/refused.html", context, status=403)
    response["Cache-Control"] = "private, no-store"
    return response


def later(request: HttpRequest, document: Document, sentence: str, *, status: int, seconds: int) -> HttpResponse:
    """Asks the reader to try again after `seconds`."""
    context = {"document": document, "sentence": sentence}
    response = render(request, "documents/later.html", context, status=status)
    response["Retry-After"] = str(seconds)
    return response


def _copy(copy: delivery.Copy) -> StreamingHttpResponse:
    return _pdf(copy.chunks, copy.filename, copy.size)


def _pdf(chunks: Iterator[bytes], filename: str, size: int) -> StreamingHttpResponse:
    """A PDF to save under a name of our own. A browser that shows it all the same shows it in a sandbox."""
    return StreamingHttpResponse(
        chunks,
        content_type="application/pdf",
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    with source:
        while chunk := source.read(CHUNK):
            yield chunk
