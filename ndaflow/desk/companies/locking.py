"""The change and the locks of every step that gives people another company."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet

from ndaflow.agreements import coverage_changes
from ndaflow.agreements.papers.models import Paper
from ndaflow.desk.companies import moves
from trustcenter import audit
from trustcenter.accounts.companies.flows import CONFIRM
from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import Change, FlowError


@contextmanager
def step(
    companies: Sequence[Company], *, by: User, joining: str = "", leaving: Sequence[str] = ()
) -> Iterator[tuple[Change, QuerySet[Any]]]:
    """A change with the locks of all that moves, in the order of docs/transactions.md, and the open requests of its people.

    Their grants are among them: nobody reads a document under what has just ceased to cover them. `joining` is the domain of
    people who have no company. `leaving` are domains whose agreements may cover nobody any more, whatever the company of
    their people.
    """
    if not by.has_perm(CONFIRM):
        raise FlowError(Refusal.NOT_YOURS_TO_CHANGE)
    with audit.change(by=by) as change:
        keys = [company.pk for company in companies]
        coverage_changes.lock_people(_people(keys, joining, leaving))
        # Their papers move with them. Who confirms one has its row before the company's.
        papers = Paper.objects.filter(company__in=keys).order_by("pk")
        list(papers.select_for_update(of=("self",), no_key=True).values_list("pk"))
        # Nobody joins these companies meanwhile; see `companies.lock_domain`.
        domains = CompanyDomain.objects.filter(company__in=keys).order_by("pk")
        list(domains.select_for_update(no_key=True).values_list("pk"))
        list(
            _people(keys, joining, leaving)
            .order_by("pk")
            .select_for_update(of=("self",), no_key=True)
            .values_list("pk")
        )
        Company.objects.filter(pk__in=keys).lock()
        yield change, coverage_changes.hold_people(change, _people(keys, joining, leaving))


def _people(companies: Sequence[str], joining: str, leaving: Sequence[str]) -> QuerySet[User]:
    found = User.objects.filter(company__in=companies)
    if joining:
        found |= moves.at(joining).filter(company=None)
    for domain in leaving:
        found |= moves.at(domain)
    return found
