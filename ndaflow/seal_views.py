"""What everybody needs to check a seal, and the button that has one tried again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ndaflow.flows import FlowError
from ndaflow.models import SealCertificate, Signature
from ndaflow.review import may_decide
from ndaflow.sealing import progress
from trustcenter.http import person


@login_not_required
@require_safe
def seal_certificates(request: HttpRequest) -> HttpResponse:
    """Every certificate that the seal has used, the newest first, as PEM with a line of words before each."""
    blocks = [
        f"# {row.subject}\n# SHA-256 {row.fingerprint}\n# in use since {row.in_use_since:%Y-%m-%d %H:%M} UTC\n{row.pem}"
        for row in SealCertificate.objects.all()
    ]
    if not blocks:
        return HttpResponse(
            _("Nothing has been sealed here yet, so there is no certificate.") + "\n",
            status=404,
            content_type="text/plain; charset=utf-8",
        )
    response = HttpResponse("\n".join(blocks), content_type="application/x-pem-file; charset=utf-8")
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    # Offline checkers and pages of others may read it; it says nothing about who asks.
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_POST
@may_decide
def seal_again(request: HttpRequest, id: str) -> HttpResponse:
    """Has a copy tried again whose seal failed."""
    signature = Signature.objects.select_related("version__agreement").filter(pk=id).first()
    if signature is None:
        raise Http404
    try:
        progress.try_again(signature, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is tried again now. Reload this page in a moment."))
    return redirect("desk_request", signature.request_id)
