"""What approvers and legal do about whom an agreement covers, from the page of a request or of a company."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ndaflow.agreements import coverage_flows as flows
from ndaflow.agreements.models import Coverage, Signature
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError


@require_POST
@permission_required(flows.CONFIRM, raise_exception=True)
def confirm_coverage(request: HttpRequest, id: str) -> HttpResponse:
    """Confirms that a signature covers its signer's company or mail domain."""
    signature = Signature.objects.select_related("signer").filter(pk=id).first()
    if signature is None:
        raise Http404
    try:
        row = flows.confirm(signature, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Confirmed. Covered now: %(reach)s.") % {"reach": row.reach})
    return _back(request)


@require_POST
@permission_required(flows.END, raise_exception=True)
def end_coverage(request: HttpRequest, id: str) -> HttpResponse:
    """Ends coverage with a reason that its readers get."""
    row = Coverage.objects.filter(pk=id).first()
    if row is None:
        raise Http404
    try:
        flows.end(row, reason=request.POST.get("reason", ""), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Ended. The people whom it covered get the reason by e-mail."))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page that the form names, if it is one of ours."""
    back = request.POST.get("back", "")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if ours else reverse("desk:agreements"))
