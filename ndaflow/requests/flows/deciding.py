"""The approver's steps on an open request: decide on each document, deny the rest, ask a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from ndaflow.requests.flows.grants import settle
from ndaflow.requests.flows.step import FlowError, day, items_of, must_be_approver, requester_of, step
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.web import revision
from trustcenter.work import mail

Outcome = RequestedDocument.Outcome
Verdict = Decision.Verdict


@dataclass(frozen=True, kw_only=True)
class ItemDecision:
    """An approver's word on one requested document: until when it may be read, or why not."""

    item_id: int
    verdict: Decision.Verdict
    until: datetime | None = None
    reason: str = ""


def decide(request: AccessRequest, decisions: Sequence[ItemDecision], *, by: User) -> AccessRequest:
    """Records an approver's word on some or all documents; the last gate to fall opens them."""
    with step(request, was=[RequestStatus.OPEN], by=by, deed=_("decide a request")) as request:
        _must_be_other_approver(request, by)
        now = timezone.now()
        items = {item.pk: item for item in items_of(request)}
        if not decisions:
            raise FlowError(_("Choose what to do with at least one document."))
        # The public overview says how soon requests are decided. Before the first record: who accepts a version holds the
        # revision and waits for the log, and we would hold the log and wait for the revision.
        revision.bump()
        for decision in decisions:
            item = items.get(decision.item_id)
            if item is None:
                raise FlowError(_("This document is not part of the request."))
            _decide_item(item, decision, by=by, now=now)
            record(
                Action.REQUEST_APPROVED if decision.verdict == Verdict.APPROVE else Action.REQUEST_DENIED,
                actor=by,
                subject=request,
                document=item.document.title,
                requester=str(request.requester),
                until=day(decision.until),
                reason=decision.reason.strip(),
            )
        settle(request, now)
    return request


def deny(request: AccessRequest, *, by: User, reason: str) -> AccessRequest:
    """Denies every document of the request that is still undecided."""
    pending = RequestedDocument.objects.filter(request_id=request.pk, outcome=Outcome.PENDING)
    pending = pending.exclude(decisions__decided_by=by)
    decisions = [ItemDecision(item_id=item.pk, verdict=Verdict.DENY, reason=reason) for item in pending]
    return decide(request, decisions, by=by)


def ask_question(request: AccessRequest, *, by: User, text: str) -> AccessRequest:
    """Asks the requester something; the request waits for the answer."""
    with step(request, was=[RequestStatus.OPEN], by=by, deed=_("ask a question")) as request:
        _must_be_other_approver(request, by)
        if not text.strip():
            raise FlowError(_("Please write the question."))
        if request.questions.filter(answered_at=None).exists():
            raise FlowError(_("A question is open already; wait for its answer."))
        Question.objects.create(request=request, text=text.strip(), asked_by=by)
        mail.send("question_asked", to=requester_of(request).email, context={"request": request, "question": text})
        record(Action.REQUEST_ASKED, actor=by, subject=request, requester=str(request.requester), question=text.strip())
    return request


def _decide_item(item: RequestedDocument, new: ItemDecision, *, by: User, now: datetime) -> None:
    title = item.document.title
    if item.outcome != Outcome.PENDING:
        raise FlowError(_("%(title)s has been decided already.") % {"title": title})
    said = list(item.decisions.all())
    if any(decision.decided_by_id == by.pk for decision in said):
        raise FlowError(_("You have decided on %(title)s; it needs a second person.") % {"title": title})
    if new.verdict == Verdict.DENY and not new.reason.strip():
        raise FlowError(_("Please give a reason for denying %(title)s; the requester reads it.") % {"title": title})
    if new.verdict == Verdict.APPROVE and (new.until is None or new.until <= now):
        raise FlowError(_("Please choose an end date in the future for %(title)s.") % {"title": title})
    Decision.objects.create(
        item=item,
        position=len(said) + 1,
        verdict=new.verdict,
        until=new.until if new.verdict == Verdict.APPROVE else None,
        reason=new.reason.strip(),
        decided_by=by,
        decided_at=now,
    )
    if new.verdict == Verdict.DENY:
        outcome = Outcome.DENIED
    elif len(said) + 1 >= item.document.approvals_needed:
        outcome = Outcome.APPROVED
    else:
        return
    RequestedDocument.objects.filter(pk=item.pk).update(outcome=outcome)


def _must_be_other_approver(request: AccessRequest, by: User) -> None:
    must_be_approver(by)
    if request.requester_id == by.pk:
        raise FlowError(_("You cannot decide your own request."))
