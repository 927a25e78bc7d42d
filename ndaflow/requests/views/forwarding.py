"""The pages on which a request goes to a colleague who may sign: one sends it, the other takes it over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from certifications import posture
from ndaflow.agreements.needed import named, needed
from ndaflow.requests import flows, gates
from ndaflow.requests.access import own_requests
from ndaflow.requests.forms import ForwardForm, TakeOverForm
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts import mail_limits
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import throttle


@require_http_methods(["GET", "POST"])
def forward(request: HttpRequest, id: str) -> HttpResponse:
    """Sends the request to one colleague, who may take it over."""
    access_request = get_object_or_404(own_requests(person(request)), pk=id)
    form = ForwardForm(request.POST or None)
    status = 200
    allowed = request.method == "GET" or throttle.allow(request, "forward", 10, seconds=3600, key=person(request).pk)
    if not allowed:
        form.add_error(None, _("Too many requests. Try again in an hour."))
        status = 429
    if request.method == "POST" and form.is_valid():
        try:
            mail = mail_limits.count(request, form.cleaned_data["email"])
            flows.forward(access_request, by=person(request), email=mail.email)
        except FlowError as refusal:
            form.add_error(None, str(refusal))
            status = 429 if isinstance(refusal, mail_limits.TooMany) else 409
        else:
            messages.success(request, _("Sent to %(email)s.") % {"email": mail.email})
            return redirect("requests:request", access_request.pk)
    return render(request, "requests/forward.html", {"access_request": access_request, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
def take_over(request: HttpRequest, id: str) -> HttpResponse:
    """Shows the colleague what they would take over, and does it. For everybody else the page does not exist."""
    offered = AccessRequest.objects.filter(forwarded_to=person(request).email).select_related("requester")
    former = get_object_or_404(offered, pk=id)
    taken = AccessRequest.objects.filter(continues=former, requester=person(request)).first()
    if taken is not None:
        return redirect("requests:request", taken.pk)
    form = TakeOverForm(request.POST or None, initial={"name": person(request).name})
    if request.method == "POST" and form.is_valid():
        try:
            own = flows.take_over(former, by=person(request), name=form.cleaned_data["name"])
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("requests:sign_next", own.pk)
    waiting = [item for item in former.items.select_related("document__level") if not item.is_settled]
    agreements = needed(person(request), gates.required(waiting), timezone.now()).values()
    missing = [one for one in agreements if one.is_missing]
    context = {
        "former": former,
        "waits": former.status == RequestStatus.OPEN,
        "documents": [item.document for item in waiting],
        "agreements": named(missing),
        "texts": [one.version for one in missing if one.version],
        "operator": posture.legal_name(),
        "form": form,
    }
    return render(request, "requests/take_over.html", context, status=409 if form.errors else 200)
