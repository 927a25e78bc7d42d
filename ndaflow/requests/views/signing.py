"""The pages to read, download and sign the agreements that a request needs, one after another."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from certifications import posture
from ndaflow.agreements.circumstances import circumstances
from ndaflow.agreements.forms import SignForm
from ndaflow.agreements.needed import Needed, needed
from ndaflow.agreements.text import as_html, reading_minutes
from ndaflow.requests import flows, gates
from ndaflow.requests.access import own_requests
from ndaflow.requests.forms import ForwardForm
from ndaflow.requests.models import AccessRequest
from ndaflow.requests.text_to_sign import text_to_sign
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError


@require_GET
def sign_next(request: HttpRequest, id: str) -> HttpResponse:
    """Leads to the first agreement that the person can sign for this request, or back to the request."""
    access_request = _own(request, id)
    return _on(access_request, _agreements(access_request))


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, id: str, slug: str) -> HttpResponse:
    """Shows the exact text in force and takes the signature under it."""
    access_request = _own(request, id)
    agreements = _agreements(access_request)
    if slug not in agreements:
        raise Http404
    version = agreements[slug].version
    if version is None or not agreements[slug].is_missing:
        if request.method == "POST" and version is not None:
            messages.info(request, _("You have already signed this agreement."))
        return redirect("requests:request", access_request.pk)
    text = text_to_sign(access_request, version, timezone.now())
    form = SignForm(
        request.POST or None,
        initial={
            "entity": access_request.company_name,
            "version_number": version.number,
            "text_sha256": text.sha256,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            flows.sign(
                access_request,
                by=person(request),
                slug=slug,
                version_number=form.cleaned_data["version_number"],
                text_sha256=form.cleaned_data["text_sha256"],
                assent=form.assent(),
                circumstances=circumstances(request),
            )
        except FlowError as refusal:
            messages.error(request, str(refusal))
            return redirect("requests:request", access_request.pk)
        messages.success(request, _("Signed. We are sealing your copy and will send it to you by e-mail."))
        return _on(access_request, _agreements(access_request))
    context = {
        "access_request": access_request,
        "version": version,
        "later": [one for one in agreements.values() if one.may_be_signed and one.slug != slug],
        "text": as_html(text.text, below=2),
        "minutes": reading_minutes(text.text),
        "form": form,
        "forward_form": ForwardForm(auto_id="forward_%s"),
        "operator": posture.legal_name(),
        "recipient": access_request.company_name,
    }
    return render(request, "requests/sign.html", context)


@require_GET
def agreement_text(request: HttpRequest, id: str, slug: str) -> HttpResponse:
    """The exact bytes that the digest on the signing page covers, to keep before signing."""
    access_request = _own(request, id)
    agreements = _agreements(access_request)
    version = agreements[slug].version if slug in agreements else None
    if version is None:
        raise Http404
    text = text_to_sign(access_request, version, timezone.now())
    response = HttpResponse(text.text.encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.agreement.slug}-v{version.number}.md"'
    return response


def _own(request: HttpRequest, id: str) -> AccessRequest:
    return get_object_or_404(own_requests(person(request)).select_related("requester"), pk=id)


def _agreements(access_request: AccessRequest) -> Mapping[str, Needed]:
    """What the documents of the request need, and how it stands for its requester."""
    items = list(access_request.items.select_related("document__level"))
    return needed(access_request.requester, gates.required(items), timezone.now())


def _on(access_request: AccessRequest, agreements: Mapping[str, Needed]) -> HttpResponse:
    """To the next agreement that the requester can sign, or to the request."""
    following = next((one for one in agreements.values() if one.may_be_signed), None)
    if following is None:
        return redirect("requests:request", access_request.pk)
    return redirect("requests:sign", access_request.pk, following.slug)
