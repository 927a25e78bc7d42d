"""What a person may read, has requested, has signed and has downloaded, and the receipts for it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from documents.models import AccessGrant, Delivery, Document
from ndaflow.agreements.models import Signature
from ndaflow.agreements.sealing import progress
from ndaflow.requests import receipts
from ndaflow.requests.access import own_requests
from trustcenter.accounts.signed_in import person
from trustcenter.audit import receipts as log


@require_GET
def my(request: HttpRequest) -> HttpResponse:
    """The person's documents first, then their requests, agreements, downloads and receipts."""
    now = timezone.now()
    requests = own_requests(person(request)).prefetch_related("documents")
    signatures = (
        Signature.objects.filter(signer=person(request))
        .select_related("version__agreement", "copy__file")
        .order_by("-signed_at")
    )
    deliveries = Delivery.objects.filter(reader=person(request)).select_related("version__document")[:50]
    grants = AccessGrant.objects.filter(holder=person(request), ended_at=None).select_related("document")
    return render(
        request,
        "requests/my.html",
        {
            "open_grants": grants.open_at(now).order_by("document__position"),
            "requests": requests,
            "signatures": signatures,
            "sealing": progress.of(signatures),
            "deliveries": deliveries,
            "slips": receipts.slips([*requests, *signatures, *deliveries]),
            "gated": Document.objects.exclude(access_class=Document.Class.PUBLIC).exists(),
        },
    )


@require_GET
def receipt(request: HttpRequest, kind: str, id: str) -> HttpResponse:
    """One of the person's own receipts, as a file."""
    if kind not in receipts.Kind.values:
        raise Http404
    record = receipts.find(receipts.Kind(kind), id, owner=person(request))
    if record is None:
        raise Http404
    try:
        text, status = log.receipt(record), 200
    except log.TooYoung:
        text, status = _("This receipt will be ready within a minute. Please try again then."), 503
    except log.Unprovable as wrong:
        text, status = str(wrong), 409
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    if status == 200:
        response["Content-Disposition"] = f'attachment; filename="{kind}-{id}.tlog-proof"'
    elif status == 503:
        response["Retry-After"] = "60"
    return response
