"""The requester's pages: ask, see where it stands, read and sign, answer, withdraw."""

from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documents.models import AccessGrant, Delivery, Document
from ndaflow.agreements import signing
from ndaflow.agreements.coverage import agreement_needed, signature_covering
from ndaflow.agreements.models import Signature
from ndaflow.agreements.sealing import progress
from ndaflow.agreements.text import as_html
from ndaflow.requests import drafts, flows, gates, measures, receipts
from ndaflow.requests.flows import FlowError
from ndaflow.requests.forms import AnswerForm, AskForm, SignForm
from ndaflow.requests.gates import Gate
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts import codes, factors
from trustcenter.accounts.signed_in import person
from trustcenter.audit import history
from trustcenter.audit import receipts as log
from trustcenter.audit.actions import Action
from trustcenter.web import throttle
from trustcenter.web.client import client_address


@login_not_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Asks for documents. The answer is the same for every address: enter the code that was sent there."""
    asker = person(request) if request.user.is_authenticated else None
    if request.method == "GET":
        form = AskForm(person=asker, initial={"documents": request.GET.getlist("document")})
        return render(request, "ndaflow/ask.html", {"form": form})
    form = AskForm(request.POST, person=asker)
    if not form.is_valid():
        return render(request, "ndaflow/ask.html", {"form": form})
    data = form.cleaned_data
    email = asker.email if asker else data["email"]
    # By network and by address, and before anything is written: the log is not to be filled by strangers.
    allowed = throttle.allow(request, "ask-network", limit=40, seconds=3600) and throttle.allow(
        request, "ask", limit=8, seconds=3600, key=email
    )
    if not allowed:
        form.add_error(None, _("That was a lot of requests from here. Please try again in an hour."))
        return render(request, "ndaflow/ask.html", {"form": form}, status=429)
    try:
        draft = flows.draft(
            list(data["documents"]),
            email=email,
            name=data["name"],
            company_name=data["company_name"],
            reason=data["reason"],
            session_hash=drafts.session_hash(request),
        )
        if asker:
            opened = flows.open_draft(draft, by=asker, session_hash=drafts.session_hash(request))
            return redirect("requests:request", opened.pk)
    except FlowError as refusal:
        form.add_error(None, str(refusal))
        return render(request, "ndaflow/ask.html", {"form": form}, status=409)
    drafts.remember(request, draft)
    return codes.send_code(request, email, name=data["name"])


@require_GET
def standing(request: HttpRequest, id: str) -> HttpResponse:
    """Where a request stands: what is next, and who holds it."""
    return _standing(request, _mine(request, id), AnswerForm())


def _standing(request: HttpRequest, access_request: AccessRequest, answer_form: AnswerForm) -> HttpResponse:
    now = timezone.now()
    items = list(access_request.items.select_related("document", "grant").prefetch_related("decisions"))
    passed = gates.read(access_request, items, now)
    own_signatures = [passed.signature] if passed.signature and passed.signature.request_id == access_request.pk else []
    question = access_request.questions.filter(answered_at=None).first()
    return render(
        request,
        "ndaflow/standing.html",
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


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, id: str) -> HttpResponse:
    """Shows the exact text in force and takes the signature under it."""
    access_request = _mine(request, id)
    now = timezone.now()
    agreement = agreement_needed()
    version = agreement.current_version(now) if agreement else None
    if version is None or signature_covering(person(request), now):
        if request.method == "POST" and version is not None:
            messages.info(request, _("You have already signed this agreement."))
        return redirect("requests:request", access_request.pk)
    form = SignForm(
        request.POST or None,
        initial={
            "entity": access_request.company_name,
            "version_number": version.number,
            "text_sha256": version.sha256,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            flows.sign(
                access_request,
                by=person(request),
                version_number=form.cleaned_data["version_number"],
                text_sha256=form.cleaned_data["text_sha256"],
                assent=form.assent(),
                circumstances=circumstances(request),
            )
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Signed. Your copy is being sealed and comes by mail."))
        return redirect("requests:request", access_request.pk)
    context = {"access_request": access_request, "version": version, "text": as_html(version.text), "form": form}
    return render(request, "ndaflow/sign.html", context)


@require_GET
def agreement_text(request: HttpRequest, id: str) -> HttpResponse:
    """The exact bytes that the digest on the signing page covers, to keep before signing."""
    _mine(request, id)
    agreement = agreement_needed()
    version = agreement.current_version(timezone.now()) if agreement else None
    if version is None:
        raise Http404
    response = HttpResponse(version.text.encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.agreement.kind}-v{version.number}.md"'
    return response


@require_POST
def withdraw(request: HttpRequest, id: str) -> HttpResponse:
    access_request = _mine(request, id)
    try:
        flows.withdraw(access_request, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn. You can ask again at any time."))
    return redirect("requests:request", access_request.pk)


@require_POST
def answer(request: HttpRequest, id: str) -> HttpResponse:
    access_request = _mine(request, id)
    form = AnswerForm(request.POST)
    if not form.is_valid() and access_request.questions.filter(answered_at=None).exists():
        return _standing(request, access_request, form)
    try:
        flows.answer(access_request, by=person(request), text=form.cleaned_data.get("text", ""))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Thank you. Your answer has been passed on."))
    return redirect("requests:request", access_request.pk)


@require_GET
def my(request: HttpRequest) -> HttpResponse:
    """What this person may read, has asked for, has signed and has downloaded."""
    now = timezone.now()
    requests = AccessRequest.objects.filter(requester=person(request)).prefetch_related("documents")
    signatures = (
        Signature.objects.filter(signer=person(request))
        .select_related("version__agreement", "copy__file")
        .order_by("-signed_at")
    )
    deliveries = Delivery.objects.filter(reader=person(request)).select_related("version__document")[:50]
    grants = AccessGrant.objects.filter(holder=person(request), ended_at=None).select_related("document")
    return render(
        request,
        "ndaflow/my.html",
        {
            "open_grants": grants.open_at(now).order_by("document__position"),
            "requests": requests,
            "signatures": signatures,
            "sealing": progress.of(signatures),
            "deliveries": deliveries,
            "slips": receipts.slips([*requests, *signatures, *deliveries]),
            "gated": Document.objects.exclude(access_class=Document.Class.PUBLIC).exists(),
        },
    )


@require_GET
def receipt(request: HttpRequest, kind: str, id: str) -> HttpResponse:
    """The receipt of something of this person's own, as a file."""
    if kind not in receipts.Kind.values:
        raise Http404
    record = receipts.find(receipts.Kind(kind), id, owner=person(request))
    if record is None:
        raise Http404
    try:
        text, status = log.receipt(record), 200
    except log.TooYoung:
        text, status = _("This receipt is ready within a minute. Please try again then."), 503
    except log.Unprovable as wrong:
        text, status = str(wrong), 409
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    if status == 200:
        response["Content-Disposition"] = f'attachment; filename="{kind}-{id}.tlog-proof"'
    elif status == 503:
        response["Retry-After"] = "60"
    return response


def circumstances(request: HttpRequest) -> signing.Circumstances:
    """What the server knows of this moment, for the evidence; nothing is taken from the form."""
    proven = factors.proofs(request, person(request))
    proof = proven[-1] if proven else {}
    return signing.Circumstances(
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        session_hash=signing.digest(request.session.session_key or ""),
        proven_by=factors.words(proven) if proven else "",
        proven_at=datetime.fromtimestamp(proof["at"], UTC) if "at" in proof else None,
    )


def _mine(request: HttpRequest, id: str) -> AccessRequest:
    """The person's own request; somebody else's answers like one that is not there."""
    own = AccessRequest.objects.filter(requester=person(request)).exclude(status=RequestStatus.DRAFT)
    found = own.select_related("requester__company").filter(pk=id).first()
    if found is None:
        raise Http404
    return found


def _must_sign_again(access_request: AccessRequest, passed: gates.Gates) -> bool:
    return access_request.status == RequestStatus.GRANTED and passed.signature is None
