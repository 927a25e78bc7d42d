"""The public list of the operator's agreements, and the page on which a customer signs one by itself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from certifications import posture
from ndaflow.agreements import alone, coverage
from ndaflow.agreements.circumstances import circumstances
from ndaflow.agreements.forms import SignForm
from ndaflow.agreements.models import Agreement, AgreementVersion
from ndaflow.agreements.refusals import Refusal
from ndaflow.agreements.text import as_html, reading_minutes
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError


# Not from the shared cache: a new version takes effect at an instant.
@login_not_required
@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """Every agreement that has a text in force, for everyone."""
    in_force = AgreementVersion.objects.filter(effective_at__lte=timezone.now()).defer("text").order_by("-number")
    rows = Agreement.objects.prefetch_related(Prefetch("versions", in_force, to_attr="in_force"))
    return render(request, "agreements/agreements.html", {"agreements": [one for one in rows if one.in_force]})


@require_http_methods(["GET", "POST"])
def sign_alone(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows the exact text and takes the signature of a customer whose plan includes it; tells others whom to ask."""
    agreement = get_object_or_404(Agreement, slug=slug)
    signer = User.objects.select_related("company").get(pk=person(request).pk)
    now = timezone.now()
    text = alone.shown_alone(agreement, signer, now)
    if text is None:
        raise Http404
    covered = coverage.covering(signer, [slug], now, new=True).get(slug)
    may_sign = alone.may_sign_alone(signer, agreement)
    initial = {
        "entity": signer.company.legal_name if signer.company else "",
        "version_number": text.version.number,
        "text_sha256": text.sha256,
    }
    form = SignForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and (not may_sign or covered):
        # There was no form on the page that they have now.
        messages.error(request, (Refusal.COVERED_ALREADY if covered else Refusal.NOT_ALONE).label)
        return redirect("agreements:sign_alone", slug)
    if request.method == "POST" and form.is_valid():
        try:
            alone.sign_alone(
                agreement,
                by=signer,
                version_number=form.cleaned_data["version_number"],
                text_sha256=form.cleaned_data["text_sha256"],
                assent=form.assent(),
                circumstances=circumstances(request),
            )
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Signed. We are sealing your copy and will send it to you by e-mail."))
        return redirect("agreements:sign_alone", slug)
    context = {
        "agreement": agreement,
        "version": text.version,
        "text": as_html(text.text, below=2),
        "minutes": reading_minutes(text.text),
        "form": form,
        "covered": covered,
        "may_sign": may_sign,
        "signer": signer,
        "operator": posture.legal_name(),
        "recipient": signer.company.legal_name if signer.company else "",
    }
    return render(request, "agreements/sign_alone.html", context)
