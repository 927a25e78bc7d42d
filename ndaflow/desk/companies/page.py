"""Everything that the page of one company shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.models import Delivery
from ndaflow.agreements import coverage
from ndaflow.agreements.models import Coverage, Scope
from ndaflow.desk.companies import suggestions, timeline
from ndaflow.desk.companies.forms import BlockForm, NameForm, NoteForm
from ndaflow.requests.flows import DECIDE
from ndaflow.requests.models import RequestedDocument, RequestStatus
from trustcenter.accounts.companies import flows
from trustcenter.accounts.models import Company, CompanyNote, User
from trustcenter.web.typed import quoted
from trustcenter.work import ids

Form = NameForm | NoteForm | BlockForm
MOST_PEOPLE, MOST_ITEMS, MOST_DELIVERIES, MOST_NOTES = 50, 100, 100, 20
Outcome = RequestedDocument.Outcome


def find(id: str) -> Company | None:
    """A company with its domains, also one that was merged into another."""
    rows = Company.objects.select_related("owner", "confirmed_by", "blocked_by", "merged_into")
    return rows.prefetch_related("domains").filter(pk=ids.typed(id)).first()


@dataclass(frozen=True)
class Fact:
    """One thing that stands out: a title, a sentence, and where to look."""

    tone: str
    icon: str
    title: str
    text: str
    href: str = ""
    label: str = ""


@dataclass(frozen=True)
class Person:
    """One person of the company, what covers them, and the documents that are open to them."""

    user: User
    covered: list[Coverage]
    open: list[RequestedDocument]


def context(
    company: Company,
    reader: User,
    *,
    past: bool = False,
    typed: Form | None = None,
) -> dict[str, Any]:
    """The page's context. With `past`, what has ended or was refused too; `typed` is a form to show with its errors."""
    now = timezone.now()
    items = list(_items(company, past=past)[:MOST_ITEMS])
    open_now = [item for item in items if item.grant is not None and item.grant.is_open_at(now)]
    waiting = [item for item in items if item.request.status == RequestStatus.OPEN and not item.is_settled]
    people = list(_people(company)[: MOST_PEOPLE + 1])
    covered = list(_coverage(company, people, now))
    alike = [(other, suggestions.why(company, other)) for other in suggestions.alike(company)[: suggestions.MOST]]
    deliveries = list(_deliveries(company)[:MOST_DELIVERIES])
    return {
        "company": company,
        "domains": list(company.domains.all()),
        "facts": _facts(company, open_now, waiting, alike, now),
        "people": [_person(one, covered, open_now) for one in people[:MOST_PEOPLE]],
        "wide": [one for one in covered if one.scope != Scope.PERSON],
        "more_people": len(people) > MOST_PEOPLE,
        # Not "items", which a template would take for the method of a dictionary.
        "rows": items,
        "past": past,
        "open": len(open_now),
        "waiting": len({item.request_id for item in waiting}),
        "deliveries": deliveries,
        "chart": timeline.chart(deliveries, [item.grant for item in items if item.grant], now),
        "notes": list(CompanyNote.objects.filter(company=company).select_related("written_by")[:MOST_NOTES]),
        "alike": alike,
        "stated": _stated(items),
        "may_confirm": reader.has_perm(flows.CONFIRM),
        "may_annotate": reader.has_perm(flows.ANNOTATE),
        "may_block": reader.has_perm(flows.BLOCK),
        "name_form": typed if isinstance(typed, NameForm) else NameForm(initial=_known_name(company)),
        "note_form": typed if isinstance(typed, NoteForm) else NoteForm(),
        "may_end": reader.has_perm(DECIDE) and bool(open_now or waiting),
        "block_form": typed if isinstance(typed, BlockForm) else BlockForm(),
    }


def _known_name(company: Company) -> dict[str, str]:
    """A stated name is not offered: it has to be read in a contract or a register, and not to be clicked away."""
    return {"legal_name": company.legal_name} if company.confirmed_at else {}


def _items(company: Company, *, past: bool) -> QuerySet[RequestedDocument]:
    """The requested documents of its people: open ones and those that wait, or all; the newest request first."""
    items = RequestedDocument.objects.filter(request__requester__company=company)
    if past:
        items = items.exclude(request__status=RequestStatus.DRAFT)
    else:
        waits = Q(request__status=RequestStatus.OPEN, grant=None, outcome__in=[Outcome.PENDING, Outcome.APPROVED])
        items = items.filter(waits | Q(grant__isnull=False, grant__ended_at=None))
    return items.select_related("document", "request__requester", "grant").order_by("-request__opened_at", "pk")


def _people(company: Company) -> QuerySet[User]:
    return User.objects.filter(company=company).order_by(F("last_login").desc(nulls_last=True), "email")


def _coverage(company: Company, people: Sequence[User], now: datetime) -> QuerySet[Coverage]:
    """What covers the company, its domains or one of these people. Wider than a person counts once it is confirmed."""
    reaches = Q(person__in=people)
    if company.confirmed_at is not None:
        reaches |= Q(company=company) | Q(domain__in=[row.domain for row in company.domains.all()])
    rows = coverage.in_force(now, new=False).filter(reaches)
    return rows.select_related("agreement", "version", "person", "company", "signature__signer")


def _person(user: User, covered: Sequence[Coverage], open_now: Sequence[RequestedDocument]) -> Person:
    reaching = [
        one
        for one in covered
        if one.person_id == user.pk or one.company_id or (one.domain and one.domain == user.domain)
    ]
    return Person(user, reaching, [item for item in open_now if item.request.requester_id == user.pk])


def _deliveries(company: Company) -> QuerySet[Delivery]:
    found = Delivery.objects.filter(reader__company=company).exclude(kind=Delivery.Kind.DESK)
    return found.select_related("version__document", "reader").order_by("-started_at")


def _stated(items: Sequence[RequestedDocument]) -> list[RequestedDocument]:
    """One item for each name that somebody typed for the company, the newest first."""
    found: dict[str, RequestedDocument] = {}
    for item in items:
        found.setdefault(item.request.company_name, item)
    return list(found.values())[:3]


def _facts(
    company: Company,
    open_now: Sequence[RequestedDocument],
    waiting: Sequence[RequestedDocument],
    alike: Sequence[tuple[Company, str]],
    now: datetime,
) -> list[Fact]:
    """What stands out, what needs somebody first."""
    found = []
    if company.is_blocked:
        found.append(Fact("bad", "bad", _("Blocked"), quoted(company.blocked_reason)))
    for other, why in alike:
        compare = f"{reverse('desk:company_merge', args=[company.pk])}?other={other.pk}"
        text = f"{quoted(other.legal_name)}. {why}"
        found.append(Fact("wait", "alert", _("Possibly the same company"), text, compare, _("Compare")))
    if company.confirmed_at is None:
        found.append(Fact("wait", "alert", _("Not confirmed"), _("Its name is what the first person typed.")))
    if open_now:
        title = ngettext("%(n)s document is open", "%(n)s documents are open", len(open_now)) % {"n": len(open_now)}
        readers = len({item.request.requester_id for item in open_now})
        text = ngettext("To %(n)s person.", "To %(n)s people.", readers) % {"n": readers}
        found.append(Fact("none", "info", title, text, "#open", _("Show")))
    requests = {item.request_id: item.request for item in waiting}
    if requests:
        title = ngettext("%(n)s request is open", "%(n)s requests are open", len(requests)) % {"n": len(requests)}
        oldest = min(requests.values(), key=lambda one: one.opened_at or now)
        href = reverse("desk:request", args=[oldest.pk])
        found.append(Fact("none", "info", title, _("Waiting longest:"), href, oldest.reference))
    return found
