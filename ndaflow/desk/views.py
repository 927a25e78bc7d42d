"""The approver's pages: the queue, one request, and its steps."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ndaflow.agreements.models import Signature
from ndaflow.agreements.sealing import progress
from ndaflow.desk import queue_page, request_page
from ndaflow.desk.forms import DecisionsForm, QuestionForm, ReasonForm
from ndaflow.desk.queue import Chosen
from ndaflow.desk.team import team
from ndaflow.duty.hours import business_time
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web.typed import named

may_view = permission_required("ndaflow.view_accessrequest", raise_exception=True)
may_decide = permission_required(flows.DECIDE, raise_exception=True)


def may_decide_something(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For approvers, and for legal, who decide what a rule sends to them."""

    @wraps(view)
    def allowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not any(person(request).has_perm(one) for one in (flows.DECIDE, flows.LEGAL)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return allowed


@require_GET
@may_view
def queue(request: HttpRequest) -> HttpResponse:
    """Open requests, the least time left first; or those that are no longer open, the newest first."""
    context = queue_page.context(
        Chosen.of(request.GET), request.GET.get("page"), by=person(request), now=timezone.now()
    )
    return render(request, "desk/queue.html", context)


@require_GET
@may_view
def desk_request(request: HttpRequest, id: str) -> HttpResponse:
    """One request with all that an approver needs to decide it."""
    return _page(request, _find(id))


@require_GET
@may_decide
def owner(request: HttpRequest, id: str) -> HttpResponse:
    """Chooses who answers an open request."""
    found = AccessRequest.objects.exclude(status=RequestStatus.DRAFT).select_related("owner").filter(pk=id).first()
    if found is None:
        raise Http404
    if found.status != RequestStatus.OPEN:
        return redirect("desk:request", found.pk)
    desk = team(timezone.now(), business_time())
    colleagues = [(one, desk.stands_in(one)) for one in desk.members if one.pk != found.requester_id]
    return render(request, "desk/owner.html", {"access_request": found, "colleagues": colleagues})


@require_POST
@may_decide_something
def approve(request: HttpRequest, id: str) -> HttpResponse:
    """Takes the decisions as chosen on the page."""
    access_request = _find(id)
    form = request_page.decisions_form(access_request, person(request), request.POST)
    if access_request.status == RequestStatus.OPEN and form.parts and not form.is_valid():
        return _page(request, access_request, form)
    # Only what the page showed may be decided: an answer, a signature or a colleague's decision since then has to be
    # seen first.
    seen = request.POST.get("step", "")
    access_request.step = int(seen) if seen.isdecimal() and len(seen) < 10 else -1
    decisions = form.decisions() if form.is_valid() else []
    try:
        decided = flows.decide(access_request, decisions, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _saved(decided))
    return redirect("desk:request", access_request.pk)


@require_POST
@may_decide
def deny(request: HttpRequest, id: str) -> HttpResponse:
    """Denies every document that is undecided, with a reason that the requester reads."""
    form = ReasonForm(request.POST, auto_id=request_page.DENY_ID)
    return _with_words(request, id, form, {RequestStatus.OPEN}, flows.deny, _saved)


@require_POST
@may_decide
def revoke(request: HttpRequest, id: str) -> HttpResponse:
    """Ends all access that the request gave, with a reason that the requester reads."""
    form = request_page.revoke_form(_find(id), request.POST)
    return _with_words(request, id, form, {RequestStatus.OPEN, RequestStatus.GRANTED}, flows.revoke, _revoked)


@require_POST
@may_decide
def ask_question(request: HttpRequest, id: str) -> HttpResponse:
    """Asks the requester something before deciding."""
    return _with_words(request, id, QuestionForm(request.POST), {RequestStatus.OPEN}, flows.ask_question, _asked)


@require_POST
@may_decide
def seal_again(request: HttpRequest, id: str) -> HttpResponse:
    """Starts the sealing of a signed copy again after it failed."""
    signature = Signature.objects.select_related("version__agreement").filter(pk=id).first()
    if signature is None:
        raise Http404
    try:
        progress.try_again(signature, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Sealing starts again now. Reload this page in a moment."))
    return redirect("desk:request", signature.request_id)


def _with_words(
    request: HttpRequest,
    id: str,
    form: ReasonForm | QuestionForm,
    shown_while: set[RequestStatus],
    flow: Callable[..., AccessRequest],
    done: Callable[[AccessRequest], str],
) -> HttpResponse:
    access_request, by = _find(id), person(request)
    # Show the typed text again. If the request's status has changed, the page has no such form, and the flow says why.
    shown = access_request.status in shown_while and access_request.requester_id != by.pk
    if not form.is_valid() and shown:
        return _page(request, access_request, form)
    try:
        changed = flow(access_request, by=by, **{name: form.cleaned_data.get(name, "") for name in form.fields})
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done(changed))
    return redirect("desk:request", access_request.pk)


def _find(id: str) -> AccessRequest:
    found = request_page.find(id)
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, access_request: AccessRequest, typed: DecisionsForm | ReasonForm | QuestionForm | None = None
) -> HttpResponse:
    return render(request, "desk/request.html", request_page.context(access_request, person(request), typed=typed))


def _saved(decided: AccessRequest) -> str:
    names = {"name": named(decided.name, decided.email)}
    # Its first approval had ended when the second was given, so nobody opened it and nobody denied it.
    lapsed = decided.items.filter(outcome=RequestedDocument.Outcome.LAPSED, decisions__decided_at=F("refused_at"))
    if titles := list(lapsed.values_list("document__title", flat=True)):
        names["documents"] = get_text_list(titles, _("and"))
        return _("Saved. An earlier approval of %(documents)s has ended, so %(name)s has to request it again.") % names
    match decided.status:
        case RequestStatus.GRANTED:
            return _("Saved. The approved documents are open, and %(name)s has been told.") % names
        case RequestStatus.DENIED:
            return _("Saved. Everything is denied, and %(name)s has been told why.") % names
        case _:
            again = request_page.find(decided.pk)
            needed = [wait.needed for wait in request_page.waits(again)] if again else []
            words = {"needed": get_text_list(needed, _("and"))}
            if opened := decided.items.exclude(grant=None).count():
                return ngettext(
                    "Saved. %(n)s document is open. Still needed: %(needed)s.",
                    "Saved. %(n)s documents are open. Still needed: %(needed)s.",
                    opened,
                ) % (words | {"n": opened})
            return _("Saved. Still needed: %(needed)s.") % words


def _revoked(changed: AccessRequest) -> str:
    return _("Revoked. Nothing can be downloaded or read through this request from now on.")


def _asked(changed: AccessRequest) -> str:
    return _("Asked. The request waits for the answer of %(name)s.") % {"name": named(changed.name, changed.email)}
