"""The approver's steps on an open request: decide on each document, deny the rest, ask a question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ndaflow.agreements.coverage import covering
from ndaflow.requests import deciders, gates, notices, risks
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.opening import settle
from ndaflow.requests.flows.step import (
    DECIDE,
    LEGAL,
    items_of,
    must_be_other_approver,
    must_be_other_decider,
    requester_of,
    step,
)
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from ndaflow.requests.notices import Event
from ndaflow.requests.refusals import Refusal, Step
from ndaflow.requests.risks import Risk
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome
Verdict = Decision.Verdict


@dataclass(frozen=True, kw_only=True)
class ItemDecision:
    """An approver's decision on one requested document: until when it is open, or why not.

    `despite` says why it is approved although the request has warnings; see `risks`.
    """

    item_id: int
    verdict: Decision.Verdict
    until: datetime | None = None
    reason: str = ""
    despite: str = ""


def decide(request: AccessRequest, decisions: Sequence[ItemDecision], *, by: User) -> AccessRequest:
    """Records an approver's decision on some or all documents. Each document opens when its last gate has passed."""
    with step(request, Step.DECIDE, was=[RequestStatus.OPEN], by=by, opens=True) as (change, request):
        must_be_other_decider(request, by)
        items = {item.pk: item for item in items_of(request)}
        if not decisions:
            raise FlowError(Refusal.NOTHING_CHOSEN)
        # A rule that makes a document stricter is not overtaken by a quick person.
        deciders.tighten(change, request, [item for item in items.values() if item.outcome == Outcome.PENDING])
        # The flow decides which warnings need an answer, not the form, because the page may be older than a warning.
        needed = gates.required(items.values())
        warnings = risks.warnings(request, covering(requester_of(request), needed, change.at, new=True))
        for decision in (_answered(decision, warnings) for decision in decisions):
            item = items.get(decision.item_id)
            if item is None:
                raise FlowError(Refusal.NOT_IN_REQUEST)
            _decide_item(change, item, decision, by=by)
            _record(change, request, item, decision, warnings)
        _ask_for_second(change, request, [items[one.item_id] for one in decisions], by=by)
        # The public overview says how soon requests are decided.
        change.public_content_changed = True
        settle(change, request)
    return request


def deny(request: AccessRequest, *, by: User, reason: str) -> AccessRequest:
    """Denies every document of the request that is still undecided."""
    pending = RequestedDocument.objects.filter(request_id=request.pk, outcome=Outcome.PENDING)
    pending = pending.exclude(decisions__decided_by=by)
    decisions = [ItemDecision(item_id=item.pk, verdict=Verdict.DENY, reason=reason) for item in pending]
    return decide(request, decisions, by=by)


def ask_question(request: AccessRequest, *, by: User, text: str) -> AccessRequest:
    """Asks the requester a question. The request waits for the answer."""
    with step(request, Step.ASK, was=[RequestStatus.OPEN], by=by) as (change, request):
        must_be_other_approver(request, by)
        text = checked.lines(text)
        if not text:
            raise FlowError(Refusal.NO_TEXT)
        if request.questions.filter(answered_at=None).exists():
            raise FlowError(Refusal.QUESTION_OPEN)
        Question.objects.create(request=request, text=text, asked_by=by)
        tell(change, request, "question_asked", question=text)
        change.record(Action.REQUEST_ASKED, subject=request, requester=requester_of(request), question=text)
    return request


def _answered(decision: ItemDecision, warnings: Sequence[Risk]) -> ItemDecision:
    """The decision with the reason for approval despite warnings, which is stored only if there are warnings."""
    decision = replace(decision, reason=checked.lines(decision.reason), despite=checked.lines(decision.despite))
    if decision.verdict != Verdict.APPROVE or not warnings:
        return replace(decision, despite="")
    if not decision.despite:
        raise FlowError(Refusal.NO_DESPITE)
    return decision


def _decide_item(change: Change, item: RequestedDocument, new: ItemDecision, *, by: User) -> None:
    title = item.document.title
    if item.outcome != Outcome.PENDING:
        raise FlowError(Refusal.DECIDED, document=title)
    earlier = list(item.decisions.all())
    if any(decision.decided_by_id == by.pk for decision in earlier):
        raise FlowError(Refusal.NEEDS_ANOTHER, document=title)
    if not (by.has_perm(DECIDE) or item.waits_for_legal):
        raise FlowError(Refusal.NOT_FOR_LEGAL, document=title)
    if new.verdict == Verdict.DENY and not new.reason:
        raise FlowError(Refusal.NO_DENIAL_REASON, document=title)
    if new.verdict == Verdict.APPROVE and (new.until is None or new.until <= change.at):
        raise FlowError(Refusal.NO_END, document=title)
    level = item.document.level
    if new.verdict == Verdict.APPROVE and level is None:
        raise FlowError(Refusal.LEVEL_MISSING, document=title)
    if level is not None and new.until is not None and new.until > level.latest_end(change.at):
        raise FlowError(Refusal.TOO_LONG, document=title, days=str(level.longest_days))
    decision = Decision.objects.create(
        item=item,
        position=len(earlier) + 1,
        verdict=new.verdict,
        until=new.until if new.verdict == Verdict.APPROVE else None,
        reason=new.reason,
        despite=new.despite,
        decided_by=by,
        for_legal=by.has_perm(LEGAL),
        decided_at=change.at,
    )
    conclude(change, item, [*earlier, decision])


def conclude(change: Change, item: RequestedDocument, decisions: Sequence[Decision]) -> None:
    """Writes what the decisions on a document come to; the last of them is new."""
    change.changed(decisions[-1:])
    decided = RequestedDocument.objects.filter(pk=item.pk)
    if decisions[-1].verdict == Verdict.DENY:
        decided.update(outcome=Outcome.DENIED, refused_at=change.at)
    elif item.has_its_approvals(decisions):
        decided.update(outcome=Outcome.APPROVED)


def _ask_for_second(change: Change, request: AccessRequest, decided: Sequence[RequestedDocument], *, by: User) -> None:
    """Tells whom the request concerns which documents have one of two approvals now."""
    pending = RequestedDocument.objects.filter(pk__in=[item.pk for item in decided], outcome=Outcome.PENDING)
    documents = [item.document for item in pending.select_related("document")]
    if not documents:
        return
    context = {"documents": documents, "by": by}
    notices.to_staff(change, request, "second_approval", context, but=[by.pk, request.requester_id], event=Event.SECOND)


def _record(
    change: Change, request: AccessRequest, item: RequestedDocument, new: ItemDecision, warnings: Sequence[Risk]
) -> None:
    words: dict[str, Any] = {"document": item.document.named, "requester": requester_of(request)}
    if new.verdict == Verdict.APPROVE and new.until is not None:
        if warnings:
            words |= {"despite": new.despite, "warnings": [warning.kind.value for warning in warnings]}
        given = Decision.objects.filter(item=item, verdict=Verdict.APPROVE).count()
        words |= {"given": given, "needed": item.approvals_needed}
        change.record(Action.REQUEST_APPROVED, subject=request, until=new.until.isoformat(), **words)
    else:
        change.record(Action.REQUEST_DENIED, subject=request, reason=new.reason, **words)
