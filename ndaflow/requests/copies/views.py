"""The reader answers a request to destroy copies."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from documents.models import Delivery
from ndaflow.requests.copies import flows
from ndaflow.requests.copies.forms import AnswerForm
from ndaflow.requests.copies.models import DestructionRequest
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, id: str) -> HttpResponse:
    """Which copies have to be destroyed, and the answer."""
    asked = DestructionRequest.objects.filter(pk=id, holder=person(request)).first()
    if asked is None:
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None, asked=asked)
    if request.method == "POST" and form.is_valid():
        try:
            flows.answer(asked, by=person(request), **form.cleaned_data)
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Thank you. Your answer is kept in our log."))
        return redirect("requests:my")
    copies = Delivery.objects.filter(code__in=asked.codes).select_related("version__document").order_by("started_at")
    return render(request, "requests/destroy_copies.html", {"asked": asked, "form": form, "copies": copies})
