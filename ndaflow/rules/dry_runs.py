"""Runs rules over past requests and compares with what people decided. Nothing is decided, sent or opened."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from documents.models import Document
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument
from ndaflow.rules import policy
from ndaflow.rules.evaluating import Verdict, evaluate
from ndaflow.rules.models import Comparison, DryRun, Finding
from ndaflow.rules.policy import Rule
from ndaflow.rules.situations import facts_of

# Requests that are read together, in at most twenty queries. The page shows how many are done.
AT_ONCE = 2500
# What is read of the rows. With all other columns it would take half as long again.
OF_REQUEST = (
    *("name", "company_name", "country", "days_wanted", "opened_at", "requester__email", "requester__is_active"),
    *("requester__is_staff", "requester__company__legal_name", "requester__company__confirmed_at"),
    *("requester__company__is_customer", "requester__company__blocked_at"),
)
OF_ITEM = ("request", "document", "outcome", "approvals_at_least", "needs_legal")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class People:
    """What people decided on one document: denied, or approved for so many days."""

    denied: bool
    days: int


def carry_out(run: DryRun) -> None:
    """Tries the rules of a run on every request that people decided in its days. A run that was stopped starts again."""
    rules = policy.read(run.rules)
    run.findings.all().delete()
    ids = list(_requests(run).values_list("pk", flat=True))
    DryRun.objects.filter(pk=run.pk).update(total=len(ids), done=0)
    counts: Counter[str] = Counter()
    fitted: Counter[str] = Counter()
    for begin in range(0, len(ids), AT_ONCE):
        chunk = ids[begin : begin + AT_ONCE]
        with transaction.atomic():
            Finding.objects.bulk_create(_findings(run, rules, _items(chunk), _decisions(chunk), counts, fitted))
            DryRun.objects.filter(pk=run.pk).update(done=begin + len(chunk))
    DryRun.objects.filter(pk=run.pk).update(counts=counts, fitted=fitted, finished_at=timezone.now())


def _requests(run: DryRun) -> QuerySet[AccessRequest]:
    since = run.asked_at - timedelta(days=run.days)
    by_people = Decision.objects.filter(item__request=OuterRef("pk"), decided_by__isnull=False)
    return AccessRequest.objects.filter(Exists(by_people), opened_at__gte=since).order_by("-opened_at")


def _items(ids: Sequence[str]) -> list[RequestedDocument]:
    """The documents of these requests, the newest request first."""
    # Each is made once, and not for each document as a join would.
    requests = AccessRequest.objects.select_related("requester__company").only(*OF_REQUEST).in_bulk(ids)
    items = list(RequestedDocument.objects.filter(request__in=ids).only(*OF_ITEM).order_by("pk"))
    documents = Document.objects.select_related("level").in_bulk()
    for item in items:
        item.document, item.request = documents[item.document_id], requests[item.request_id]
    return sorted(items, key=attrgetter("request.opened_at"), reverse=True)


def _decisions(ids: Sequence[str]) -> defaultdict[int, list[Decision]]:
    """What people decided about the documents of these requests, by document."""
    found: defaultdict[int, list[Decision]] = defaultdict(list)
    decisions = Decision.objects.filter(item__request__in=ids, decided_by__isnull=False)
    for decision in decisions.only("item", "verdict", "until", "decided_at").order_by("position"):
        found[decision.item_id].append(decision)
    return found


def _findings(
    run: DryRun,
    rules: Sequence[Rule],
    items: Sequence[RequestedDocument],
    decisions: Mapping[int, Sequence[Decision]],
    counts: Counter[str],
    fitted: Counter[str],
) -> Iterator[Finding]:
    """What differs, document by document; counts what does not."""
    instants = {item.request_id: item.request.opened_at for item in items if item.request.opened_at is not None}
    facts = facts_of(items, instants)
    for item in items:
        people = _people(item, decisions[item.pk])
        if people is None:
            continue
        # What rules of that time made stricter says nothing about these.
        verdict = evaluate(rules, replace(facts[item.pk], tightened=False))
        found = compare(verdict, people)
        counts[found.value] += 1
        fitted[str(verdict.number or 0)] += 1
        if found.is_finding:
            yield Finding(
                run=run,
                item=item,
                comparison=found,
                rule=verdict.number or 0,
                days=verdict.effects.approve_days,
                days_by_people=None if people.denied else people.days,
            )


def _people(item: RequestedDocument, made: Sequence[Decision]) -> People | None:
    """What people decided; None if they have not, or not yet."""
    if any(one.verdict == Decision.Verdict.DENY for one in made):
        return People(denied=True, days=0)
    ends = [one.until for one in made if one.until is not None]
    if not ends or not item.is_approved:
        return None
    return People(denied=False, days=_days(made[0].decided_at, min(ends)))


def _days(begin: datetime, end: datetime) -> int:
    return max(1, math.floor((end - begin) / DAY))


def compare(verdict: Verdict, people: People) -> Comparison:
    """How what the rules say compares with what people decided."""
    effects = verdict.effects
    if effects.approve_days is not None:
        if people.denied:
            return Comparison.APPROVED_DENIED
        return Comparison.LONGER if effects.approve_days > people.days else Comparison.SAME
    if effects.deny is not None:
        return Comparison.SAME if people.denied else Comparison.DENIED_APPROVED
    if effects.tightens and not people.denied:
        return Comparison.STRICTER
    return Comparison.PERSON
