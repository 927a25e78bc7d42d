"""The one click that renews access."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from documents.models import AccessGrant
from ndaflow.requests import flows
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError


@require_POST
def renew(request: HttpRequest, id: str) -> HttpResponse:
    """Requests the document of one of the person's own grants again."""
    grant = AccessGrant.objects.filter(pk=id, holder=person(request)).first()
    if grant is None:
        raise Http404
    try:
        opened = flows.renew(grant, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("requests:my")
    messages.success(request, _("Requested. What you have stays open until its end while we look at it."))
    return redirect("requests:request", opened.pk)
