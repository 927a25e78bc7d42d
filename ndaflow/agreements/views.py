"""The agreement to read before anybody asks, signed copies, and the certificates for checking their seals."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from certifications import posture
from ndaflow.agreements import fields
from ndaflow.agreements.models import Agreement, AgreementVersion, SealCertificate, Signature
from ndaflow.agreements.papers.models import CountersignedPaper
from ndaflow.agreements.sealing.certificates import chain_of, described
from ndaflow.agreements.text import as_html, reading_minutes
from trustcenter.vault import files as vault


# Not from the shared cache: a new version takes effect at an instant, and nobody may read the former one after it.
@login_not_required
@require_safe
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """The text in force, for everyone, before they ask for anything."""
    version, operator = _in_force(slug), posture.legal_name()
    text = fields.fill(version.text, fields.unsigned(operator=operator, version=version.number))
    context = {
        "version": version,
        "text": as_html(text, below=2),
        "minutes": reading_minutes(text),
        "operator": operator,
    }
    return render(request, "agreements/agreement.html", context)


@login_not_required
@require_safe
def unsigned_copy(request: HttpRequest, slug: str) -> HttpResponse:
    """The text in force as a PDF that says on every page that nobody has signed it."""
    # Imported here: otherwise every web process would load WeasyPrint at its start.
    from ndaflow.agreements import unsigned_copy as copies

    version = _in_force(slug)
    response = HttpResponse(copies.made(version, posture.legal_name()), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{slug}-v{version.number}-unsigned.pdf"'
    response["Content-Security-Policy"] = "sandbox"
    return response


def _in_force(slug: str) -> AgreementVersion:
    agreement = Agreement.objects.filter(slug=slug).first()
    version = agreement.current_version(timezone.now()) if agreement else None
    if version is None:
        raise Http404
    return version


@login_not_required
@require_safe
def seal_certificates(request: HttpRequest) -> HttpResponse:
    """Every certificate that the seal has used, newest first, with its issuers after it: PEM, and comments before each."""
    blocks = []
    for row in SealCertificate.objects.all():
        own, *issuers = chain_of(row.pem.encode())
        blocks.append(described(own, f"in use since {row.in_use_since:%Y-%m-%d %H:%M} UTC"))
        blocks += [described(one, "issuer of the one before") for one in issuers]
    if not blocks:
        return HttpResponse(
            _("Nothing has been sealed here yet, so there is no certificate.") + "\n",
            status=404,
            content_type="text/plain; charset=utf-8",
        )
    response = HttpResponse("\n".join(blocks), content_type="application/x-pem-file; charset=utf-8")
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    # Offline checkers and pages on other sites may read it; it depends on nobody's session.
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_GET
def signed_copy(request: HttpRequest, id: str) -> HttpResponse:
    """The sealed PDF, for its signer and for staff who may view signed copies. Nobody else learns that it exists."""
    try:
        signature = Signature.objects.select_related("copy__file", "version__agreement").get(pk=id)
        copy = signature.copy
    except ObjectDoesNotExist:
        raise Http404 from None
    if signature.signer_id != request.user.pk and not request.user.has_perm("ndaflow.view_signedcopy"):
        raise Http404
    name = f"{signature.version.agreement.slug}-v{signature.version.number}-{signature.pk}.pdf"
    # In one piece, because it is short: streamed, a slow reader would hold a thread.
    with vault.open(copy, "file") as source:
        response = HttpResponse(source.read(), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "sandbox"
    return response


@require_GET
def countersigned_copy(request: HttpRequest, id: str) -> HttpResponse:
    """The sealed copy of a paper, for the person who uploaded it and for staff who may view papers."""
    found = CountersignedPaper.objects.select_related("file", "paper__agreement").filter(pk=id).first()
    if found is None:
        raise Http404
    if found.paper.added_by_id != request.user.pk and not request.user.has_perm("ndaflow.view_paper"):
        raise Http404
    with vault.open(found, "file") as source:
        response = HttpResponse(source.read(), content_type="application/pdf")
    name = f"{found.paper.agreement.slug}-countersigned-{found.pk}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "sandbox"
    return response
