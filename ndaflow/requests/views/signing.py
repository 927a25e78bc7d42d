"""The pages to read, download and sign the agreement."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from certifications import posture
from ndaflow.agreements import signing
from ndaflow.agreements.coverage import signature_covering, version_in_force
from ndaflow.agreements.text import as_html, reading_minutes
from ndaflow.requests import flows
from ndaflow.requests.access import own_requests
from ndaflow.requests.forms import ForwardForm, SignForm
from trustcenter.accounts import factors
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web.client import client_address


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, id: str) -> HttpResponse:
    """Shows the exact text in force and takes the signature under it."""
    access_request = get_object_or_404(own_requests(person(request)), pk=id)
    now = timezone.now()
    version = version_in_force(now)
    if version is None or signature_covering(person(request), now):
        if request.method == "POST" and version is not None:
            messages.info(request, _("You have already signed this agreement."))
        return redirect("requests:request", access_request.pk)
    form = SignForm(
        request.POST or None,
        initial={
            "entity": access_request.company_name,
            "version_number": version.number,
            "text_sha256": version.sha256,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            flows.sign(
                access_request,
                by=person(request),
                version_number=form.cleaned_data["version_number"],
                text_sha256=form.cleaned_data["text_sha256"],
                assent=form.assent(),
                circumstances=circumstances(request),
            )
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Signed. We are sealing your copy and will send it to you by e-mail."))
        return redirect("requests:request", access_request.pk)
    context = {
        "access_request": access_request,
        "version": version,
        "text": as_html(version.text, below=2),
        "minutes": reading_minutes(version.text),
        "form": form,
        "forward_form": ForwardForm(auto_id="forward_%s"),
        "operator": posture.legal_name(),
        "recipient": access_request.company_name,
    }
    return render(request, "requests/sign.html", context)


@require_GET
def agreement_text(request: HttpRequest, id: str) -> HttpResponse:
    """The exact bytes that the digest on the signing page covers, to keep before signing."""
    get_object_or_404(own_requests(person(request)), pk=id)
    version = version_in_force(timezone.now())
    if version is None:
        raise Http404
    response = HttpResponse(version.text.encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.agreement.kind}-v{version.number}.md"'
    return response


def circumstances(request: HttpRequest) -> signing.Circumstances:
    """What the server knows about this moment, for the evidence. Nothing is taken from the form."""
    proven = factors.proofs(request, person(request))
    proof = proven[-1] if proven else {}
    return signing.Circumstances(
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        session_hash=signing.digest(request.session.session_key or ""),
        proven_by=factors.words(proven) if proven else "",
        proven_at=datetime.fromtimestamp(proof["at"], UTC) if "at" in proof else None,
    )
