"""The list of accounts: every company with what waits there, and for whom."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.agreements import required
from documents.models import AccessGrant
from ndaflow.agreements.coverage import in_force, is_reached
from ndaflow.desk.accounts.waiting import for_them, what_waits, with_question
from ndaflow.desk.companies import listing as companies
from ndaflow.desk.companies.listing import Filter
from ndaflow.invitations.models import Invitation, InvitationState
from ndaflow.requests.models import AccessRequest, Question, RequestedDocument, RequestStatus
from ndaflow.rules.covered_then import CoveredThen
from trustcenter.accounts.models import Company, CompanyDomain, User

Outcome = RequestedDocument.Outcome


@dataclass(frozen=True)
class Account:
    """One company on the page: what waits, and how many documents wait so."""

    company: Company
    waits: Sequence[tuple[str, int]]


def filters(reader: User) -> list[Filter]:
    """The reader's accounts first: theirs by the company's owner, by an invitation or by a link that they shared."""
    invited = _known_by(Invitation.objects.filter(invited_by=reader))
    shared = AccessRequest.objects.filter(share_link__colleague=reader).values("requester__company")
    return [
        Filter("mine", _("Mine"), Q(owner=reader) | Q(pk__in=invited) | Q(pk__in=shared)),
        companies.everything(),
        Filter("us", _("Waiting for us"), _for_us()),
        Filter("them", for_them(), _for_their_part(timezone.now())),
    ]


def rows(chosen: Filter, words: str) -> QuerySet[Company, Any]:
    """Companies, first those that wait for us, then those where anything is open, by name."""
    waits = {"for_us": _for_us(), "open": Q(pk__in=_open()), "invited": Q(pk__in=_known_by(_sent()))}
    marked = {name: ExpressionWrapper(so, BooleanField()) for name, so in waits.items()}
    return (
        companies.rows(chosen, words).annotate(**marked).order_by(*(f"-{name}" for name in marked), "legal_name", "pk")
    )


def shown(found: QuerySet[Company, Any]) -> list[Company]:
    """The companies of one page of `rows` with their numbers, in the same order."""
    keys = list(found.values_list("pk", flat=True))
    # With the owner in the same query: the filters need one for the documents.
    page = companies.shown(Company.objects.filter(pk__in=keys)).prefetch_related(None)
    numbered = {one.pk: one for one in page.select_related("owner").prefetch_related("domains")}
    return [numbered[key] for key in keys if key in numbered]


def accounts(page: Sequence[Company]) -> list[Account]:
    """The companies of one page with what waits; four queries, however many people they have."""
    now = timezone.now()
    found: dict[str, Counter[str]] = defaultdict(Counter)
    items = list(_items(page, now))
    people = {item.request.requester_id: item.request.requester for item in items if item.grant_id is not None}
    covered = CoveredThen([person for person in people.values() if person is not None])
    for item in items:
        person, agreements = item.request.requester, item.document.required_agreements
        assert person is not None and person.company_id is not None
        is_covered = item.grant_id is None or not agreements or covered.covers(person, agreements, now)
        tone, text, _note = what_waits(item, is_covered=is_covered, now=now)
        if tone == "wait":
            found[person.company_id][text] += 1
    whose = {row.domain: company.pk for company in page for row in company.domains.all()}
    for domain in _sent().filter(domain__in=whose).values_list("domain", flat=True):
        found[whose[domain]][for_them()] += 1
    return [Account(company, sorted(found[company.pk].items(), key=_ours_first)) for company in page]


def _ours_first(waits: tuple[str, int]) -> tuple[bool, str]:
    return waits[0] == for_them(), waits[0]


def invited_elsewhere(reader: User | None) -> int:
    """How many invitations wait at companies from which nobody has come: the reader's, or everyone's for None."""
    rows = _sent().exclude(domain__in=CompanyDomain.objects.values("domain"))
    return (rows.filter(invited_by=reader) if reader else rows).count()


def _items(page: Sequence[Company], now: Any) -> QuerySet[RequestedDocument]:
    """What is requested and not settled, and what is open and may wait for another signature."""
    waits = Q(request__status=RequestStatus.OPEN, grant=None, outcome__in=[Outcome.PENDING, Outcome.APPROVED])
    opened = Q(grant__ended_at=None, grant__ends_at__gt=now)
    rows = RequestedDocument.objects.filter(waits | opened, request__requester__company__in=page)
    return with_question(
        rows.select_related("document__level", "grant", "request__owner", "request__requester__company")
    )


# Companies as lists that the database makes once, and not for each of thousands of companies.


def _for_us() -> Q:
    """Companies with a document that nobody has decided about, while we asked nothing."""
    asked = Question.objects.filter(request=OuterRef("request"), answered_at=None)
    waits = RequestedDocument.objects.filter(request__status=RequestStatus.OPEN, outcome=Outcome.PENDING)
    return Q(pk__in=waits.filter(~Exists(asked)).order_by().values("request__requester__company"))


def _for_their_part(instant: datetime) -> Q:
    """Companies with what `what_waits` calls waiting for them: an answer, a signature, or to take up an invitation."""
    open_items = RequestedDocument.objects.filter(request__status=RequestStatus.OPEN, grant=None)
    asked = Question.objects.filter(answered_at=None).order_by().values("request")
    answers = Q(outcome__in=[Outcome.PENDING, Outcome.APPROVED], request__in=asked)
    items = open_items.filter(answers | Q(outcome=Outcome.APPROVED)).order_by().values("request__requester__company")
    found = Q(pk__in=items) | Q(pk__in=_known_by(_sent()))
    for slug, documents in required().items():
        covered = is_reached(in_force(instant, new=True).filter(agreement__slug=slug), "holder__")
        again = AccessGrant.objects.open_at(instant).filter(~covered, document__in=documents)
        found |= Q(pk__in=again.order_by().values("holder__company"))
    return found


def _open() -> QuerySet[AccessRequest, Any]:
    return AccessRequest.objects.filter(status=RequestStatus.OPEN).order_by().values("requester__company")


def _known_by(invitations: QuerySet[Invitation]) -> QuerySet[CompanyDomain, Any]:
    """The companies to which the mail domains of these invitations belong."""
    domains = invitations.order_by().values("domain")
    return CompanyDomain.objects.filter(domain__in=domains).order_by().values("company")


def _sent() -> QuerySet[Invitation]:
    return Invitation.objects.filter(state=InvitationState.SENT)
