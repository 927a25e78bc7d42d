"""The facts of requested documents, read for many at once: for the request that a rule looks at, and for a dry run.

`risks` shows the same to approvers, one request at a time; a test compares the two.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from documents.models import AccessGrant, Level
from ndaflow.invitations.models import InvitedDocument
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from ndaflow.requests.risks import WARNINGS, Kind, is_same_name
from ndaflow.rules.covered_then import CoveredThen
from ndaflow.rules.facts import Facts
from trustcenter.accounts.addresses import displayed
from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.lookalikes import mixed_scripts, skeleton
from trustcenter.accounts.models import CompanyDomain, Listed, User

Verdict = Listed.Verdict
CODES_OF_WARNINGS = frozenset(kind.value for kind in WARNINGS)


def facts_of(items: Sequence[RequestedDocument], instants: Mapping[str, datetime]) -> dict[int, Facts]:
    """The facts of each document by the key of its row, each at the instant of its request; fourteen queries at most.

    `items` come with their document's level and their request's requester and company. What nobody can know of the past
    is as it is now: the company's flags, the lists and the levels.
    """
    requests = {item.request_id: item.request for item in items}
    known = _Known(list(requests.values()), items, instants)
    of_request = {key: _risks(request, known, instants[key]) for key, request in requests.items()}
    return {item.pk: _facts(item, known, of_request[item.request_id], instants[item.request_id]) for item in items}


@dataclass(frozen=True)
class _Past:
    """Something that happened to a requester: when, and of which request."""

    at: datetime
    request: str


@dataclass(frozen=True)
class _Looks:
    """What a domain looks like."""

    skeleton: str
    mixes_scripts: bool
    has_other_letters: bool


@lru_cache(maxsize=4096)
def _looks(domain: str) -> _Looks:
    return _Looks(skeleton(domain), bool(mixed_scripts(domain)), displayed(domain) != domain)


class _Known:
    """What the database says about these requests and their requesters."""

    def __init__(
        self, requests: Sequence[AccessRequest], items: Sequence[RequestedDocument], instants: Mapping[str, datetime]
    ) -> None:
        people = [request.requester for request in requests if request.requester is not None]
        ids = {person.pk for person in people}
        confirmed = {person.company_id for person in people if person.company and person.company.confirmed_at}
        self.asked = _counted(items)
        self.listed = _listed(people)
        self.alike = _alike(people)
        self.covered = CoveredThen(people)
        self.invited = _invited(items)
        # Only another request of theirs counts.
        several = _with_several(ids)
        denied = Decision.objects.filter(item__request__requester__in=several, verdict=Decision.Verdict.DENY)
        self.denied = _past(denied.values_list("item__request__requester", "decided_at", "item__request"))
        revoked = AccessRequest.objects.filter(requester__in=several, status=RequestStatus.REVOKED)
        self.revoked = _past(revoked.values_list("requester", "closed_at", "pk"))
        self.not_first = _not_first(requests)
        grants = AccessGrant.objects.filter(document__in={item.document_id for item in items})
        if instants:
            # Nothing else can be open at one of them.
            grants = grants.filter(starts_at__lte=max(instants.values()), ends_at__gt=min(instants.values()))
        self.held = _grants(grants.filter(holder__in=ids), "holder")
        self.shared = _grants(grants.filter(holder__company__in=confirmed), "holder__company")


def _facts(item: RequestedDocument, known: _Known, risks: frozenset[str], at: datetime) -> Facts:
    request, document = item.request, item.document
    requester, level = request.requester, document.level
    if requester is None:
        return Facts()
    company = requester.company
    confirmed = company is not None and company.confirmed_at is not None
    listed, invited = known.listed.get(requester.pk), known.invited.get(item.pk)
    gated = level if level is not None and level.is_gated else None
    own = [held for held in known.held[requester.pk, document.pk] if held.is_open_at(at)]
    if any(held.request != request.pk for held in own):
        risks |= {Kind.HAS_ACCESS.value}
    return Facts(
        customer=confirmed and company is not None and company.is_customer,
        confirmed=confirmed,
        domain=requester.domain,
        address=requester.email,
        allowed=listed is not None and listed.verdict == Verdict.ALLOW,
        invited=invited is not None and invited.counts(requester, gated, at),
        invited_days=invited.days_at(gated) if invited is not None else 0,
        covered=known.covered.covers(requester, document.required_agreements, at),
        country=request.country,
        colleagues=_colleagues(known, requester, document.pk, at) if confirmed else 0,
        level=gated.slug if gated else "",
        document=document.slug,
        days=request.days_wanted or (gated.usual_days if gated else 0),
        documents=known.asked[request.pk],
        risks=risks,
        warnings=risks & CODES_OF_WARNINGS,
        wanted=request.days_wanted or 0,
        longest_days=gated.longest_days if gated else 0,
        is_staff=requester.is_staff,
        blocked=Kind.BLOCKED.value in risks or not requester.is_active,
        tightened=bool(item.approvals_at_least or item.needs_legal),
    )


def _risks(request: AccessRequest, known: _Known, at: datetime) -> frozenset[str]:
    """What the desk would show about the request at that instant, but for what concerns one document."""
    requester = request.requester
    if requester is None:
        return frozenset()
    listed, company = known.listed.get(requester.pk), requester.company
    allowed = listed is not None and listed.verdict == Verdict.ALLOW
    by_address = allowed and listed is not None and bool(listed.address)
    domain = requester.domain
    looks = _looks(domain)
    found = {
        Kind.BLOCKED: (listed is not None and not allowed)
        or (company is not None and company.is_blocked and not by_address),
        Kind.FREE_MAIL: is_free_mail(domain) and not by_address,
        Kind.LOOK_ALIKE: any(
            other != domain and owner != requester.company_id for other, owner in known.alike[looks.skeleton]
        ),
        Kind.MIXED_SCRIPTS: looks.mixes_scripts,
        Kind.OTHER_LETTERS: looks.has_other_letters and not looks.mixes_scripts,
        Kind.NAMES_DIFFER: any(
            not is_same_name(request.name, typed) for typed in known.covered.typed_names(requester, at)
        ),
        Kind.DENIED_BEFORE: _before(known.denied[requester.pk], request, at),
        Kind.REVOKED_BEFORE: _before(known.revoked[requester.pk], request, at),
        Kind.COMPANY_DIFFERS: company is not None and not is_same_name(company.legal_name, request.company_name),
        Kind.ALLOWED: allowed,
        Kind.FIRST_REQUEST: request.pk not in known.not_first,
    }
    return frozenset(kind.value for kind, is_so in found.items() if is_so)


def _before(past: Iterable[_Past], request: AccessRequest, at: datetime) -> bool:
    return any(one.request != request.pk and one.at <= at for one in past)


def _colleagues(known: _Known, requester: User, document: int, at: datetime) -> int:
    assert requester.company_id is not None
    held = known.shared[requester.company_id, document]
    return len({one.holder for one in held if one.holder != requester.pk and one.is_open_at(at)})


def _with_several(people: Collection[str]) -> list[str]:
    """Those who asked more than once."""
    asked = AccessRequest.objects.filter(requester__in=people).order_by().values("requester")
    return list(asked.annotate(number=Count("pk")).filter(number__gt=1).values_list("requester", flat=True))


def _past(rows: QuerySet[Any, tuple[object, datetime | None, str]]) -> defaultdict[object, list[_Past]]:
    found: defaultdict[object, list[_Past]] = defaultdict(list)
    for key, at, request in rows.order_by():
        if at is not None:
            found[key].append(_Past(at, request))
    return found


def _not_first(requests: Sequence[AccessRequest]) -> set[str]:
    """Those before which somebody of the requester's company, or a requester without one, had asked."""
    with_company = {one.pk for one in requests if one.requester is not None and one.requester.company_id}
    alone = {one.pk for one in requests} - with_company
    found: set[str] = set()
    for keys, by in ((with_company, "requester__company"), (alone, "requester")):
        before = AccessRequest.objects.filter(**{by: OuterRef(by)}, opened_at__lte=OuterRef("opened_at"))
        before = before.exclude(pk=OuterRef("pk")).exclude(status=RequestStatus.DRAFT)
        # Not as a condition: the database would then look at every request to find them.
        asked = AccessRequest.objects.filter(pk__in=keys).annotate(is_not_first=Exists(before)).order_by()
        found |= {pk for pk, is_not_first in asked.values_list("pk", "is_not_first") if is_not_first}
    return found


@dataclass(frozen=True)
class _Held:
    """A grant, as far as it says who holds what and when."""

    holder: object
    request: str | None
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None

    def is_open_at(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True)
class _Invited:
    """The invitation that counts for a requested document."""

    email: str
    days: int
    ended_at: datetime | None
    by_colleague: bool

    def counts(self, requester: User, level: Level | None, at: datetime) -> bool:
        """Only for exactly the address that was invited, while nobody has withdrawn it and sales may invite there."""
        is_over = self.ended_at is not None and self.ended_at <= at
        return self.email == requester.email and self.by_colleague and not is_over and self.days_at(level) > 0

    def days_at(self, level: Level | None) -> int:
        return min(self.days, level.invitation_days or 0) if level is not None and level.takes_invitations else 0


def _invited(items: Sequence[RequestedDocument]) -> dict[int, _Invited]:
    rows = InvitedDocument.objects.filter(item__request__in={item.request_id for item in items}).order_by()
    fields = ("email", "days", "ended_at", "invited_by__is_active")
    return {key: _Invited(*said) for key, *said in rows.values_list("item", *(f"invitation__{one}" for one in fields))}


def _grants(grants: QuerySet[AccessGrant], by: str) -> defaultdict[tuple[object, int], list[_Held]]:
    found: defaultdict[tuple[object, int], list[_Held]] = defaultdict(list)
    fields = ("document", "holder", "requested_document__request", "starts_at", "ends_at", "ended_at")
    for key, document, *held in grants.order_by().values_list(by, *fields):
        found[key, document].append(_Held(*held))
    return found


def _counted(items: Sequence[RequestedDocument]) -> dict[str, int]:
    """How many documents each request asks for, also those that are decided."""
    rows = RequestedDocument.objects.filter(request__in={item.request_id for item in items})
    counted: defaultdict[str, int] = defaultdict(int)
    for key in rows.order_by().values_list("request", flat=True):
        counted[key] += 1
    return counted


def _listed(people: Sequence[User]) -> dict[object, Listed]:
    """The entry of the list that decides about each person, by the rule of `ListedQuerySet.deciding_about`."""
    above = {person.pk: _and_above(person.domain) for person in people}
    domains = {domain for own in above.values() for domain in own}
    rows = [
        *Listed.objects.filter(address__in={person.email for person in people}).exclude(address=""),
        *Listed.objects.filter(domain__in=domains).exclude(domain=""),
    ]
    by_address = {row.address: row for row in rows if row.address}
    by_domain = {row.domain: row for row in rows if row.domain}
    found: dict[object, Listed] = {}
    for person in people:
        near = [by_address.get(person.email), by_domain.get(person.domain)]
        higher = [by_domain.get(domain) for domain in above[person.pk][1:]]
        blocks = [row for row in higher if row is not None and row.verdict == Verdict.BLOCK]
        if deciding := next((row for row in [*near, *blocks] if row is not None), None):
            found[person.pk] = deciding
    return found


def _and_above(domain: str) -> list[str]:
    labels = domain.split(".") if domain else []
    return [".".join(labels[at:]) for at in range(len(labels))]


def _alike(people: Sequence[User]) -> defaultdict[str, list[tuple[str, object]]]:
    """The domains that we know, with their companies, by what they look like."""
    found: defaultdict[str, list[tuple[str, object]]] = defaultdict(list)
    rows = CompanyDomain.objects.filter(skeleton__in={_looks(person.domain).skeleton for person in people})
    for looks, domain, company in rows.values_list("skeleton", "domain", "company"):
        found[looks].append((domain, company))
    return found
