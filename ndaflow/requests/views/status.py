"""The page of one request: where it stands, the answer to our question, and withdrawing it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ndaflow.agreements.coverage import agreement_needed
from ndaflow.agreements.sealing import progress
from ndaflow.requests import flows, gates, measures, receipts
from ndaflow.requests.access import own_requests
from ndaflow.requests.flows import FlowError
from ndaflow.requests.forms import AnswerForm
from ndaflow.requests.gates import Gate
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.signed_in import person
from trustcenter.audit import history
from trustcenter.audit.actions import Action


@require_GET
def request_page(request: HttpRequest, id: str) -> HttpResponse:
    """Where a request stands: what is next, and whose turn it is."""
    return _page(request, _own(request, id), AnswerForm())


@require_POST
def withdraw(request: HttpRequest, id: str) -> HttpResponse:
    access_request = _own(request, id)
    try:
        flows.withdraw(access_request, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Request withdrawn. You can request access again at any time."))
    return redirect("requests:request", access_request.pk)


@require_POST
def answer(request: HttpRequest, id: str) -> HttpResponse:
    access_request = _own(request, id)
    form = AnswerForm(request.POST)
    if not form.is_valid() and access_request.questions.filter(answered_at=None).exists():
        return _page(request, access_request, form)
    try:
        flows.answer(access_request, by=person(request), text=form.cleaned_data.get("text", ""))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Thank you. We have your answer."))
    return redirect("requests:request", access_request.pk)


def _page(request: HttpRequest, access_request: AccessRequest, answer_form: AnswerForm) -> HttpResponse:
    now = timezone.now()
    items = list(access_request.items.select_related("document", "grant").prefetch_related("decisions"))
    passed = gates.read(access_request, items, now)
    own_signatures = [passed.signature] if passed.signature and passed.signature.request_id == access_request.pk else []
    question = access_request.questions.filter(answered_at=None).first()
    return render(
        request,
        "requests/request.html",
        {
            "access_request": access_request,
            "status": RequestStatus(access_request.status),
            "items": items,
            "gates": passed,
            "next": passed.next,
            "Gate": Gate,
            "steps_left": len(passed.up),
            "question": question,
            "answer_form": answer_form,
            "agreement": agreement_needed(),
            "signature": passed.signature,
            "sealing": progress.of([passed.signature] if passed.signature else []),
            "slips": receipts.slips([access_request, *own_signatures]),
            "must_sign_again": _must_sign_again(access_request, passed),
            "usual_hours": measures.usual_hours(),
            "history": history.history(access_request, but=(Action.REQUEST_REFUSED, Action.REQUEST_DRAFTED)),
            "to_download": any(item.grant and not item.document.is_view_only for item in items),
            "now": now,
        },
    )


def _own(request: HttpRequest, id: str) -> AccessRequest:
    own = own_requests(person(request)).select_related("requester__company")
    return get_object_or_404(own, pk=id)


def _must_sign_again(access_request: AccessRequest, passed: gates.Gates) -> bool:
    return access_request.status == RequestStatus.GRANTED and passed.signature is None
