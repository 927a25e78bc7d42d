"""The approver's desk: the queue, one request with all that matters, and the decisions."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from documents.models import Delivery
from ndaflow.agreements.coverage import good_versions
from ndaflow.agreements.models import Signature
from ndaflow.agreements.sealing import progress
from ndaflow.desk.forms import DecisionForm, QuestionForm, ReasonForm, decision_forms
from ndaflow.requests import flows, gates
from ndaflow.requests.models import AccessRequest, Question, RequestedDocument, RequestStatus
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError, history

PAGE = 25
# The page's links lead to these fields.
DENY_ID, REVOKE_ID = "id_%s_deny", "id_%s_revoke"

may_view = permission_required("ndaflow.view_accessrequest", raise_exception=True)
may_decide = permission_required("ndaflow.decide_accessrequest", raise_exception=True)


@require_GET
@may_view
def queue(request: HttpRequest) -> HttpResponse:
    """Open requests, the longest waiting first; or another status, the newest first."""
    statuses = [status for status in RequestStatus if status is not RequestStatus.DRAFT]
    chosen = request.GET.get("status", RequestStatus.OPEN)
    if chosen not in statuses:
        chosen = RequestStatus.OPEN
    found = AccessRequest.objects.filter(status=chosen)
    if words := request.GET.get("q", "").replace("\0", "").strip()[:100]:
        found = found.filter(Q(email__icontains=words) | Q(name__icontains=words) | Q(company_name__icontains=words))
    now = timezone.now()
    signed = Signature.objects.filter(signer=OuterRef("requester"), superseded_at=None, version__in=good_versions(now))
    undecided = RequestedDocument.objects.filter(request=OuterRef("pk"), outcome=RequestedDocument.Outcome.PENDING)
    # Exists and not Count: a count would group ten thousand rows to show twenty-five.
    rows = (
        found.order_by("opened_at" if chosen == RequestStatus.OPEN else "-opened_at")
        .prefetch_related("documents")
        .annotate(
            signed=Exists(signed),
            asked=Exists(Question.objects.filter(request=OuterRef("pk"), answered_at=None)),
            undecided=Exists(undecided),
        )
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "desk/queue.html",
        {"page": page, "statuses": statuses, "chosen": RequestStatus(chosen), "q": words, "now": now},
    )


@require_GET
@may_view
def desk_request(request: HttpRequest, id: str) -> HttpResponse:
    """One request with all that an approver needs to decide it."""
    access_request = _find(id)
    return _page(request, access_request, decision_forms(access_request, person(request)))


@require_POST
@may_decide
def approve(request: HttpRequest, id: str) -> HttpResponse:
    """Takes the decision on each document as the page shows it."""
    access_request = _find(id)
    # Decided is what the page showed: an answer, a signature or a colleague's word in between has to be seen first.
    seen = request.POST.get("step", "")
    access_request.step = int(seen) if seen.isdecimal() and len(seen) < 10 else -1
    forms = decision_forms(access_request, person(request), request.POST)
    invalid = [form for form in forms if not form.is_valid()]
    if invalid:
        return _page(request, _find(id), forms)
    decisions = [decision for form in forms if (decision := form.decision())]
    try:
        decided = flows.decide(access_request, decisions, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _said(decided))
    return redirect("desk:request", access_request.pk)


@require_POST
@may_decide
def deny(request: HttpRequest, id: str) -> HttpResponse:
    """Denies all that is undecided, with a reason that the requester reads."""
    form = ReasonForm(request.POST, auto_id=DENY_ID)
    done = _("Denied. The requester has been told why.")
    return _with_words(request, id, form, RequestStatus.OPEN, flows.deny, done)


@require_POST
@may_decide
def revoke(request: HttpRequest, id: str) -> HttpResponse:
    """Closes everything at once, with a reason that the requester reads."""
    form = ReasonForm(request.POST, auto_id=REVOKE_ID)
    done = _("Revoked. Nothing can be downloaded or read from now on.")
    return _with_words(request, id, form, RequestStatus.GRANTED, flows.revoke, done)


@require_POST
@may_decide
def ask_question(request: HttpRequest, id: str) -> HttpResponse:
    """Asks the requester something before deciding."""
    done = _("Asked. The request waits for the answer.")
    return _with_words(request, id, QuestionForm(request.POST), RequestStatus.OPEN, flows.ask_question, done)


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
    return redirect("desk:request", signature.request_id)


def _with_words(
    request: HttpRequest,
    id: str,
    form: ReasonForm | QuestionForm,
    shown_while: RequestStatus,
    flow: Callable[..., AccessRequest],
    done: str,
) -> HttpResponse:
    access_request, by = _find(id), person(request)
    # Nothing that was typed is lost. On a page that has moved on there is no such form; the step says why.
    shown = access_request.status == shown_while and access_request.requester_id != by.pk
    if not form.is_valid() and shown:
        return _page(request, access_request, decision_forms(access_request, by), form)
    try:
        flow(access_request, by=by, **{name: form.cleaned_data.get(name, "") for name in form.fields})
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("desk:request", access_request.pk)


def _find(id: str) -> AccessRequest:
    found = (
        AccessRequest.objects.exclude(status=RequestStatus.DRAFT)
        .select_related("requester__company")
        .prefetch_related("items__document", "items__decisions__decided_by", "items__grant", "questions__asked_by")
        .filter(pk=id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    access_request: AccessRequest,
    forms: list[DecisionForm],
    typed: ReasonForm | QuestionForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    items = list(access_request.items.all())
    by_item = {form.item.pk: form for form in forms}
    company = access_request.requester.company if access_request.requester else None
    passed = gates.read(access_request, items, now)
    reason_id = REVOKE_ID if access_request.status == RequestStatus.GRANTED else DENY_ID
    return render(
        request,
        "desk/request.html",
        {
            "access_request": access_request,
            "status": RequestStatus(access_request.status),
            "is_open": access_request.status == RequestStatus.OPEN,
            "rows": [(item, by_item.get(item.pk)) for item in items],
            "forms": forms,
            "gates": passed,
            "signature": passed.signature,
            "sealing": progress.of([passed.signature] if passed.signature else []),
            "company": company,
            "colleagues": company.people.count() if company else 0,
            "domains": [domain.domain for domain in company.domains.all()] if company else [],
            "earlier": AccessRequest.objects.filter(requester=access_request.requester)
            .exclude(pk=access_request.pk)
            .exclude(status=RequestStatus.DRAFT)[:5],
            "deliveries": Delivery.objects.filter(grant__requested_document__request=access_request).select_related(
                "version__document"
            )[:20],
            "history": history.history(access_request),
            "reason_form": typed if isinstance(typed, ReasonForm) else ReasonForm(auto_id=reason_id),
            "question_form": typed if isinstance(typed, QuestionForm) else QuestionForm(),
            "is_own": access_request.requester_id == person(request).pk,
            "now": now,
        },
    )


def _said(decided: AccessRequest) -> str:
    match decided.status:
        case RequestStatus.GRANTED:
            return _("Approved. The documents are open and the requester has been told.")
        case RequestStatus.DENIED:
            return _("Denied. The requester has been told why.")
        case _:
            return _("Recorded. The request still waits; this page says for what.")
