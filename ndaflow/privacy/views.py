"""The page of a person's own data: a copy of them, and the request to erase them."""

from collections.abc import Iterator
from typing import BinaryIO

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ndaflow.privacy import erasing, flows
from ndaflow.privacy.models import Erasure, Export
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.vault import files as vault
from trustcenter.web import sending, throttle
from trustcenter.web.refreshing import refreshed
from trustcenter.work.retention import Kept

CHUNK = 256 * 1024
EXPORTS_A_DAY = 3
# Each request to erase is written to the log and mailed to everyone who may answer it.
ERASURES_A_DAY = 3


@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """The person's exports and erasures, and what an erasure would remove and keep."""
    who = person(request)
    export = Export.objects.filter(person=who).select_related("file").first()
    context = {
        "export": export,
        "days": Kept.EXPORTS.days,
        "waiting": Erasure.objects.filter(person=who, state=Erasure.State.WAITING).first(),
        "declined": Erasure.objects.filter(person=who, state=Erasure.State.DECLINED).last(),
        "preview": erasing.preview(who, to=who),
    }
    page = render(request, "privacy/data.html", context)
    return refreshed(page, waits=export is not None and export.is_being_made)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Starts an export."""
    if not throttle.allow(request, "export", EXPORTS_A_DAY, seconds=24 * 3600, key=person(request).pk):
        messages.error(request, _("You have asked for several files today. Use the newest one, or try again tomorrow."))
        return redirect("privacy:data")
    try:
        flows.ask_export(by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("We are preparing your data. We will write to you when the file is ready."))
    return redirect("privacy:data")


@require_POST
def download(request: HttpRequest, id: str) -> HttpResponseBase:
    """The person's own file. Nobody else has a page for it."""
    own = get_object_or_404(
        Export.objects.select_related("file"), pk=id, person=person(request), state=Export.State.READY
    )
    try:
        response = sending.places.send(person(request).pk, lambda: _zip(own, request))
    except sending.Full as full:
        messages.error(request, str(full))
        return redirect("privacy:data")
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("privacy:data")
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def erase(request: HttpRequest) -> HttpResponse:
    """Asks staff to erase the person's data."""
    if request.POST.get("understood") != "on":
        messages.error(request, _("Tick the box if you want your data erased. Nothing has been asked yet."))
        return redirect("privacy:data")
    if not throttle.allow(request, "erase", ERASURES_A_DAY, seconds=24 * 3600, key=person(request).pk):
        messages.error(request, _("You have asked several times today. Please try again tomorrow."))
        return redirect("privacy:data")
    try:
        flows.ask_erasure(by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("We have your request. Until we answer, nothing changes."))
    return redirect("privacy:data")


@require_POST
def keep(request: HttpRequest, id: str) -> HttpResponse:
    """Takes the request to erase back."""
    erasure = get_object_or_404(Erasure, pk=id, person=person(request))
    try:
        flows.take_back_erasure(erasure, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Request withdrawn. We keep your data as before."))
    return redirect("privacy:data")


def _zip(own: Export, request: HttpRequest) -> HttpResponseBase:
    # Opened before it is recorded, so that no record says what did not happen.
    source = vault.open(own, "file")
    try:
        flows.download_export(own, by=person(request))
    except BaseException:
        source.close()
        raise
    assert own.file is not None and own.made_at is not None
    return StreamingHttpResponse(
        _chunks(source),
        content_type="application/zip",
        headers={
            "Content-Length": str(own.file.size),
            "Content-Disposition": f'attachment; filename="my-data-{own.made_at:%Y-%m-%d}.zip"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    with source:
        while chunk := source.read(CHUNK):
            yield chunk
