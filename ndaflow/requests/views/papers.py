"""The page on which a requester uploads a paper in place of a signature."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from documents.intake.flaws import Flaw
from ndaflow.agreements.models import Agreement
from ndaflow.agreements.needed import needed
from ndaflow.agreements.papers import uploads
from ndaflow.agreements.papers.models import Paper
from ndaflow.requests import flows, gates
from ndaflow.requests.access import own_requests
from ndaflow.requests.forms import UploadPaperForm
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import throttle

# A check costs a process, and a file stays.
UPLOADS_AN_HOUR = 10


# The token is in the form beside the file. The site takes no files, unless a view says how before the form is read.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, id: str) -> HttpResponse:
    """Uploads our text with changes, or a text of the requester's company, for legal to check."""
    request.upload_handlers = [uploads.PaperHandler(request)]
    if request.method == "POST" and uploads.announced_too_long(request):
        # Before the token, which is somewhere in what would be too long; nothing is stored.
        access_request = _own(request, id)
        form = UploadPaperForm(agreements=_missing(access_request))
        return _page(request, access_request, form, uploads.sentence(Flaw.TOO_LONG), status=413)
    return _upload(request, id)


@csrf_protect
def _upload(request: HttpRequest, id: str) -> HttpResponse:
    access_request = _own(request, id)
    choices = _missing(access_request)
    if not choices:
        return redirect("requests:request", access_request.pk)
    if request.method == "GET":
        return _page(request, access_request, UploadPaperForm(agreements=choices))
    form = UploadPaperForm(request.POST, request.FILES, agreements=choices)
    if not throttle.allow(request, "paper", UPLOADS_AN_HOUR, seconds=3600, key=person(request).pk):
        form, sentence = UploadPaperForm(agreements=choices), _("Too many uploads. Try again in an hour.")
        return _page(request, access_request, form, sentence, status=429)
    if not form.is_valid():
        return _page(request, access_request, form)
    try:
        flows.upload_paper(
            access_request,
            form.chosen,
            form.checked,
            kind=form.cleaned_data["kind"],
            note=form.cleaned_data["note"],
            by=person(request),
        )
    except FlowError as refusal:
        return _page(request, access_request, form, str(refusal), status=409)
    messages.success(request, _("We have your paper. Our legal team checks it and writes to you."))
    return redirect("requests:request", access_request.pk)


@require_POST
def withdraw(request: HttpRequest, id: str, paper: str) -> HttpResponse:
    """Takes back a paper that waits."""
    access_request = _own(request, id)
    found = get_object_or_404(access_request.papers.select_related("agreement"), pk=paper)
    try:
        flows.withdraw_paper(access_request, found, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn. You can sign our text or upload another paper."))
    return redirect("requests:request", access_request.pk)


def _own(request: HttpRequest, id: str) -> AccessRequest:
    return get_object_or_404(own_requests(person(request)).select_related("requester"), pk=id)


def _missing(access_request: AccessRequest) -> list[Agreement]:
    """The agreements that the open request waits for and of which no paper is being checked."""
    if access_request.status != RequestStatus.OPEN:
        return []
    items = [item for item in access_request.items.select_related("document") if not item.is_settled]
    standing = needed(access_request.requester, gates.required(items), timezone.now())
    waiting = set(access_request.papers.filter(state=Paper.State.WAITING).values_list("agreement", flat=True))
    return [
        one.agreement
        for one in standing.values()
        if one.is_missing and one.agreement is not None and one.agreement.pk not in waiting
    ]


def _page(
    request: HttpRequest, access_request: AccessRequest, form: UploadPaperForm, sentence: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "access_request": access_request,
        "form": form,
        "sentence": sentence,
    }
    return render(request, "requests/paper.html", context, status=status)
