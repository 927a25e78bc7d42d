"""What the rules in force do to a request: in a task after the commit that made something about it new.

Not in the same transaction, because a mistake in a rule must never keep a request from being opened or signed. A person
who decides meanwhile does not overtake a rule that makes a document stricter; see `tighten`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from django.utils import timezone

from documents.models import Level
from ndaflow.agreements.coverage import covering
from ndaflow.invitations import flows as invitations
from ndaflow.requests import flows, gates, risks
from ndaflow.requests.flows import ruling
from ndaflow.requests.flows.ruling import Author, NothingToRule, Ruling
from ndaflow.requests.models import AccessRequest, Because, Decision, RequestedDocument, RequestStatus
from ndaflow.rules import policy, tasks
from ndaflow.rules.evaluating import Verdict, evaluate
from ndaflow.rules.facts import Facts
from ndaflow.rules.models import RuleControl, RuleVersion
from ndaflow.rules.policy import Fact, Op
from ndaflow.rules.situations import facts_of
from trustcenter.accounts.models import User
from trustcenter.audit import Change


def look(change: Change, request: AccessRequest) -> None:
    """Lets the rules look at a request after the commit, if there are any and they are on."""
    if RuleControl.now().is_on and RuleVersion.in_force() is not None:
        change.task(tasks.decide_by_rules, request.pk)


def decide(request: AccessRequest) -> None:
    """Does what the rules in force say about an open request. Raises FlowError if somebody else was first."""
    version = RuleVersion.in_force()
    if request.status != RequestStatus.OPEN or version is None or not RuleControl.now().is_on:
        return
    # Without a lock first: a step makes the page of an approver old, even if it changes nothing.
    if not list(_rulings(version, request, ruling.undecided(request), timezone.now())):
        return
    try:
        flows.rule(request, _judge)
    except NothingToRule:
        return


def tighten(change: Change, request: AccessRequest, items: Sequence[RequestedDocument]) -> None:
    """Makes documents stricter, as the rules in force say, inside the step of a person who is about to decide."""
    version = RuleVersion.in_force()
    if version is None or not items or not RuleControl.locked().is_on:
        return
    ruling.tighten(change, request, items, list(_rulings(version, request, items, change.at)))


def _judge(change: Change, request: AccessRequest, items: Sequence[RequestedDocument]) -> list[Ruling]:
    """What the rules do now. The switch and the daily limit are read under a lock that every decision by rules takes."""
    control, version = RuleControl.locked(), RuleVersion.in_force()
    invitations.hold(request)
    if not control.is_on or version is None:
        return []
    found = list(_rulings(version, request, items, change.at))
    if decided_since(midnight(change.at)) < control.daily_limit:
        return found
    # What makes a document stricter still counts.
    left = [replace(one, until=None, reason="") for one in found]
    return [one for one in left if one.does_something]


def decided_since(instant: datetime) -> int:
    """How many requests rules have approved or denied something of since then."""
    made = Decision.objects.filter(decided_by=None, decided_at__gte=instant)
    return made.order_by().values("item__request").distinct().count()


def midnight(instant: datetime) -> datetime:
    """The beginning of the day of that instant, in the time zone of the site."""
    return timezone.make_aware(datetime.combine(timezone.localdate(instant), time.min))


def _rulings(
    version: RuleVersion, request: AccessRequest, items: Sequence[RequestedDocument], at: datetime
) -> Iterator[Ruling]:
    """What each document gets from the rules that it does not have yet."""
    if not items or request.requester_id is None:
        return
    rules = policy.read(version.rules)
    requester = User.objects.select_related("company").get(pk=request.requester_id)
    request.requester = requester
    for item in items:
        item.request = request
    asked = set(request.questions.filter(asked_by=None).values_list("text", flat=True))
    facts = facts_of(items, {request.pk: at})
    # The warnings that a person would have to answer, as the desk finds them.
    coverage = covering(requester, gates.required(items), at, new=True)
    warned = frozenset(risk.kind.value for risk in risks.warnings(request, coverage))
    for item in items:
        own = replace(facts[item.pk], risks=facts[item.pk].risks | warned, warnings=facts[item.pk].warnings | warned)
        made = _ruling(version, item, evaluate(rules, own), own, at, asked)
        if made.does_something:
            yield made


def _ruling(
    version: RuleVersion, item: RequestedDocument, verdict: Verdict, facts: Facts, at: datetime, asked: set[str]
) -> Ruling:
    effects, rule = verdict.effects, verdict.rule
    number, name = verdict.number or 0, rule.name if rule else ""
    author = Author(version_id=version.pk, version=version.number, rule=number, name=name)
    # Once a person or a rule has begun to decide, people finish.
    begun = bool(item.decisions.all())
    return Ruling(
        item_id=item.pk,
        author=author,
        facts=verdict.used,
        because=tuple(_because(verdict)),
        until=None if begun else _until(effects.approve_days, item.document.level, at),
        reason="" if begun else effects.deny or "",
        two_people=effects.two_people and item.approvals_at_least < 2,
        legal=effects.legal and not item.needs_legal,
        show_only=effects.show_only and not item.show_only,
        question=effects.ask if effects.ask and effects.ask not in asked else "",
    )


def _until(days: int | None, level: Level | None, at: datetime) -> datetime | None:
    """The end of an approval: so many days from now, and never later than the level allows."""
    if days is None or level is None:
        return None
    return min(at + timedelta(days=days), level.latest_end(at))


def _because(verdict: Verdict) -> Iterator[Because]:
    """What the requester may read: facts about their company and their agreements, never lists or risks."""
    said = {clause.fact for clause in verdict.rule.when if clause.op is Op.IS} if verdict.rule else set()
    if Fact.CUSTOMER in said:
        yield Because.CUSTOMER
    elif Fact.CONFIRMED in said:
        yield Because.CONFIRMED
    if Fact.INVITED in said:
        yield Because.INVITED
    if Fact.COVERED in said:
        yield Because.COVERED
