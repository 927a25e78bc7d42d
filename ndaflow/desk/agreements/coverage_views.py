"""What approvers and legal do about whom an agreement covers, from the page of a request or of a company."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ndaflow.agreements import coverage_flows as flows
from ndaflow.agreements.confirming import confirm, decline
from ndaflow.agreements.models import Coverage, Signature
from ndaflow.agreements.papers.flows import CONFIRM
from ndaflow.agreements.papers.models import Paper
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

may_confirm = permission_required(CONFIRM, raise_exception=True)


@require_POST
@may_confirm
def confirm_coverage(request: HttpRequest, id: str) -> HttpResponse:
    """Confirms that a signature covers its signer's company or mail domain."""
    return _confirmed(request, _signature(id))


@require_POST
@may_confirm
def decline_coverage(request: HttpRequest, id: str) -> HttpResponse:
    """Declines that a signature covers more than its signer, with a reason that they read."""
    return _declined(request, _signature(id))


@require_POST
@may_confirm
def confirm_paper(request: HttpRequest, id: str) -> HttpResponse:
    """Confirms that a paper covers the company or the mail domain that it is meant for."""
    return _confirmed(request, get_object_or_404(Paper, pk=id))


@require_POST
@may_confirm
def decline_scope(request: HttpRequest, id: str) -> HttpResponse:
    """Declines that a paper covers more than one person, with a reason that the person who filed it reads."""
    return _declined(request, get_object_or_404(Paper, pk=id))


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
        messages.success(request, _("Ended. The people it covered get the reason by e-mail."))
    return _back(request)


def _signature(id: str) -> Signature:
    return get_object_or_404(Signature.objects.select_related("signer"), pk=id)


def _confirmed(request: HttpRequest, cause: Signature | Paper) -> HttpResponse:
    try:
        row = confirm(cause, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Confirmed. Covered now: %(reach)s") % {"reach": row.reach})
    return _back(request)


def _declined(request: HttpRequest, cause: Signature | Paper) -> HttpResponse:
    try:
        decline(cause, reason=request.POST.get("reason", ""), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Declined. What it already covers stays, and the reason was sent by e-mail."))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page that the form names, if it is one of ours."""
    back = request.POST.get("back", "")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if ours else reverse("desk:agreements"))
