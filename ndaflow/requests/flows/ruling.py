"""A rule's step on an open request: it decides on documents, makes them stricter, or asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from ndaflow.requests.flows.deciding import conclude
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.opening import settle
from ndaflow.requests.flows.step import LEGAL, items_of, requester_of, step
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Step
from trustcenter.accounts.models import User
from trustcenter.audit import Change, words
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome
Verdict = Decision.Verdict


@dataclass(frozen=True, kw_only=True)
class Author:
    """The rule that decides: the key and number of its version, its number there, and its name."""

    version_id: int
    version: int
    rule: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What one rule does with one requested document, and the facts that it read.

    At most one of `until`, `reason` and the rest: a rule approves, denies, or leaves the decision to people, for whom
    it may make the document stricter.
    """

    item_id: int
    author: Author
    facts: dict[str, Any]
    because: tuple[str, ...] = ()
    until: datetime | None = None
    reason: str = ""
    two_people: bool = False
    legal: bool = False
    show_only: bool = False
    question: str = ""

    @property
    def does_something(self) -> bool:
        return bool(self.verdict or self.two_people or self.legal or self.show_only or self.question)

    @property
    def verdict(self) -> Decision.Verdict | None:
        if self.reason:
            return Verdict.DENY
        return Verdict.APPROVE if self.until is not None else None


class NothingToRule(Exception):
    """No rule has anything to do with the request now. The step is undone, and nothing is recorded."""


words.register(
    "tightened",
    {
        "approvals_at_least": _("two people have to approve it"),
        "needs_legal": _("legal has to approve it too"),
        "show_only": _("it is only shown, not downloaded"),
    },
)

# Judges the documents that are undecided, inside the step.
Judge = Callable[[Change, AccessRequest, Sequence[RequestedDocument]], Sequence[Ruling]]


def rule(request: AccessRequest, judge: Judge) -> AccessRequest:
    """Does what rules say about a request. `judge` is called inside the step, when nobody else can decide any more.

    Raises NothingToRule, and FlowError if somebody else was first.
    """
    with step(request, Step.RULE, was=[RequestStatus.OPEN], by=None, opens=True) as (change, request):
        items = undecided(request)
        rulings = judge(change, request, items)
        if not rulings:
            raise NothingToRule
        by_id = {item.pk: item for item in items}
        for ruling in rulings:
            _tighten(change, request, by_id[ruling.item_id], ruling)
        for ruling in rulings:
            _decide(change, request, by_id[ruling.item_id], ruling)
        _ask(change, request, rulings)
        if any(ruling.verdict for ruling in rulings):
            # The public overview says how soon requests are decided.
            change.public_content_changed = True
            settle(change, request)
    return request


def tighten(
    change: Change, request: AccessRequest, items: Sequence[RequestedDocument], rulings: Sequence[Ruling]
) -> None:
    """Makes documents stricter inside the step of a person who is about to decide on them."""
    by_id = {item.pk: item for item in items}
    for ruling in rulings:
        _tighten(change, request, by_id[ruling.item_id], ruling)


def undecided(request: AccessRequest) -> list[RequestedDocument]:
    return [item for item in items_of(request) if item.outcome == Outcome.PENDING]


def _tighten(change: Change, request: AccessRequest, item: RequestedDocument, ruling: Ruling) -> None:
    """Writes what the rule makes stricter; what is stricter already stays."""
    stricter = {
        "approvals_at_least": max(item.approvals_at_least, 2 if ruling.two_people else 0),
        "needs_legal": item.needs_legal or ruling.legal,
        "show_only": item.show_only or ruling.show_only,
    }
    changed = [name for name, value in stricter.items() if getattr(item, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(item, name, stricter[name])
    item.save(update_fields=changed)
    change.record_effect(
        Action.RULE_TIGHTENED,
        subject=request,
        document=item.document.named,
        tightened=changed,
        **_told(request, ruling),
    )
    if "needs_legal" in changed:
        for colleague in User.objects.who_may(LEGAL).exclude(pk=request.requester_id):
            change.mail("legal_asked", to=colleague.email, context={"request": request, "document": item.document})


def _decide(change: Change, request: AccessRequest, item: RequestedDocument, ruling: Ruling) -> None:
    if ruling.verdict is None:
        return
    earlier = list(item.decisions.all())
    decision = Decision.objects.create(
        item=item,
        position=len(earlier) + 1,
        verdict=ruling.verdict,
        until=ruling.until,
        reason=ruling.reason,
        rule_version_id=ruling.author.version_id,
        rule=ruling.author.rule,
        rule_facts=ruling.facts,
        because=list(ruling.because),
        decided_at=change.at,
    )
    conclude(change, item, [*earlier, decision])
    told = _told(request, ruling) | {"document": item.document.named}
    if ruling.until is not None:
        change.record_effect(Action.RULE_APPROVED, subject=request, until=ruling.until.isoformat(), **told)
    else:
        change.record_effect(Action.RULE_DENIED, subject=request, reason=ruling.reason, **told)


def _ask(change: Change, request: AccessRequest, rulings: Sequence[Ruling]) -> None:
    """Asks what the first rule that asks wants to know. Only one question can be open."""
    asking = next((ruling for ruling in rulings if ruling.question), None)
    if asking is None or request.questions.filter(answered_at=None).exists():
        return
    author = asking.author
    Question.objects.create(
        request=request, text=asking.question, rule_version_id=author.version_id, rule=author.rule, asked_at=change.at
    )
    tell(change, request, "question_asked", question=asking.question)
    change.record_effect(Action.RULE_ASKED, subject=request, question=asking.question, **_told(request, asking))


def _told(request: AccessRequest, ruling: Ruling) -> dict[str, Any]:
    author = ruling.author
    return {
        "requester": requester_of(request),
        "rule": author.name,
        "number": author.rule,
        "version": author.version,
        "facts": ruling.facts,
    }
