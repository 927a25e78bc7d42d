"""The page of one request: its state, the answer to a question, and withdrawal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from documents.models import AccessGrant
from ndaflow.agreements import coverage
from ndaflow.agreements.models import AgreementVersion, Coverage, Signature
from ndaflow.agreements.needed import Needed, standing
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.sealing import progress as sealing
from ndaflow.agreements.text import as_html, sections
from ndaflow.requests import flows, gates, headlines, progress, receipts, reply_times, steps
from ndaflow.requests.access import own_requests
from ndaflow.requests.following.forms import InviteForm
from ndaflow.requests.following.models import Follower
from ndaflow.requests.forms import AnswerForm
from ndaflow.requests.models import AccessRequest, Question, RequestedDocument, RequestStatus
from ndaflow.requests.own_history import own_history
from ndaflow.requests.progress import Situation, State, state_of_grant
from ndaflow.requests.text_to_sign import text_to_sign
from trustcenter.accounts import signed_in
from trustcenter.audit import FlowError
from trustcenter.web.refreshing import refreshed

# After these the reader asks what is left.
ENDED = {State.REVOKED, State.REPLACED}


@require_GET
def request_page(request: HttpRequest, id: str) -> HttpResponse:
    """The state of a request: what is next, and whose turn it is. A colleague who is told about it has a page of their own."""
    try:
        own = _own(request, id)
    except Http404:
        if Follower.objects.filter(request=id, email=signed_in.person(request).email, ended_at=None).exists():
            return redirect("requests:follow", id)
        raise
    return _page(request, own, AnswerForm())


@require_POST
def withdraw(request: HttpRequest, id: str) -> HttpResponse:
    access_request = _own(request, id)
    try:
        withdrawn = flows.withdraw(access_request, by=signed_in.person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        if withdrawn.status == RequestStatus.WITHDRAWN:
            messages.success(request, _("Request withdrawn. You can request access again at any time."))
        else:
            messages.success(request, _("The rest of the request is withdrawn. Open documents stay open."))
    return redirect("requests:request", access_request.pk)


@require_POST
def answer(request: HttpRequest, id: str) -> HttpResponse:
    access_request = _own(request, id)
    form, question = AnswerForm(request.POST), _open_question(access_request)
    valid = form.is_valid()
    # Two tabs, or a page that was left open: what answers one question must not count as the answer to the next.
    if question is not None and request.POST.get("question") != question.asked_at.isoformat():
        form.add_error("text", _("This is a new question. We have your answer to the one before."))
        valid = False
    if question is not None and not valid:
        return _page(request, access_request, form)
    try:
        flows.answer(access_request, by=signed_in.person(request), text=form.cleaned_data.get("text", ""))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Thank you. We have your answer."))
    return redirect("requests:request", access_request.pk)


@dataclass(frozen=True)
class ToSign:
    """The text that waits for this person's signature."""

    request: AccessRequest
    version: AgreementVersion
    text: SafeString
    sections: int
    # The person's last signature under an older text, if there is one.
    earlier: Signature | None
    # The agreements that come after this one.
    later: list[Needed]


def _page(request: HttpRequest, access_request: AccessRequest, answer_form: AnswerForm) -> HttpResponse:
    found = access_request.items.select_related(
        "document__level", "grant__document__level", "grant__requested_document"
    )
    items = list(found.prefetch_related("decisions", "document__versions"))
    situation = _situation(access_request, items)
    rows = progress.rows(situation, items)
    covered = [one.coverage for one in situation.agreements.values() if one.coverage]
    own = _own_signatures(access_request, covered)
    grants = [row.item.grant for row in rows if row.item.grant]
    replies = reply_times.of_request(access_request)
    states = {row.state for row in rows}
    in_progress = sealing.of(own)
    papers = list(access_request.papers.select_related("agreement", "copy"))
    accepted = [one for one in papers if one.state == Paper.State.ACCEPTED]
    checked = {one.agreement.slug for one in papers if one.state == Paper.State.WAITING}
    paper_waits = bool(checked) and states == {State.SIGN}
    page = render(
        request,
        "requests/request.html",
        {
            "access_request": access_request,
            "status": RequestStatus(access_request.status),
            "headline": _("Our legal team checks your paper") if paper_waits else headlines.headline(rows, situation),
            "rows": rows,
            "track": steps.track(rows, situation, replies, checked),
            "is_waiting": any(state.is_waiting for state in states),
            "is_open": State.OPEN in states,
            "waiting": [row.item.document for row in rows if row.state.is_waiting],
            "is_ended": bool(states & ENDED),
            "holds_now": _holds_now(access_request, situation) if states & ENDED else [],
            # Only where every document waits for the same act of the reader.
            "your_turn": next(iter(states)) if states in ({State.ANSWER}, {State.SIGN}) else "",
            "replies": replies if states == {State.REVIEW} else "",
            "question": situation.question,
            "answer_form": answer_form,
            "answered": access_request.questions.exclude(answered_at=None),
            "to_sign": _to_sign(situation, states),
            "papers": papers,
            "paper_waits": paper_waits,
            "covered": covered,
            "sealing": in_progress,
            "proofs": receipts.proofs(
                grants, [one for one in own if one.request_id == access_request.pk], accepted, []
            ),
            "history": own_history(access_request),
            "followers": access_request.followers.filter(ended_at=None),
            "invite_form": InviteForm(auto_id="told_%s"),
        },
    )
    # A form that is open must not be loaded away. Once the first try has failed, nobody waits for seconds any more.
    is_first_try = any(not one.given_up and one.tries <= 1 for one in in_progress.values())
    return refreshed(page, waits=is_first_try and situation.question is None)


def _situation(access_request: AccessRequest, items: Sequence[RequestedDocument]) -> Situation:
    now = timezone.now()
    agreed = standing(access_request.requester, gates.required(items), now)
    return Situation(
        request=access_request,
        agreements=agreed.agreements,
        coverage=agreed.coverage,
        question=_open_question(access_request),
        now=now,
    )


def _own_signatures(access_request: AccessRequest, covered: Iterable[Coverage]) -> list[Signature]:
    """The requester's own signatures among those that cover them. A colleague's evidence and copy are the colleague's."""
    found = [one.signature for one in covered if one.signature]
    return [one for one in found if one.signer_id == access_request.requester_id]


def _holds_now(access_request: AccessRequest, situation: Situation) -> list[AccessGrant]:
    """What is open to the requester through other requests."""
    if (person := access_request.requester) is None:
        return []
    grants = AccessGrant.objects.filter(holder=person).open_at(situation.now)
    grants = grants.exclude(requested_document=None).exclude(requested_document__request=access_request)
    grants = grants.select_related("document__level", "requested_document__request").order_by("document__position")
    covers = coverage.covered(person, situation.now)
    return [grant for grant in grants if state_of_grant(grant, situation.now, covers) is State.OPEN]


def _open_question(access_request: AccessRequest) -> Question | None:
    return access_request.questions.filter(answered_at=None).first()


def _to_sign(situation: Situation, states: set[State]) -> ToSign | None:
    """The first agreement that waits for the reader."""
    # A person can sign while a question is open.
    waits = any(state.needs_signature for state in states) or State.ANSWER in states
    signable = [one for one in situation.agreements.values() if one.may_be_signed]
    if not signable or not waits or (version := signable[0].version) is None:
        return None
    own = Signature.objects.filter(signer=situation.request.requester, agreement=version.agreement_id)
    text = text_to_sign(situation.request, version, situation.now).text
    return ToSign(
        request=situation.request,
        version=version,
        text=as_html(text, below=2),
        sections=sections(text),
        earlier=own.select_related("version").order_by("-signed_at").first(),
        later=signable[1:],
    )


def _own(request: HttpRequest, id: str) -> AccessRequest:
    own = own_requests(signed_in.person(request)).select_related("requester__company", "continued_by")
    return get_object_or_404(own, pk=id)
