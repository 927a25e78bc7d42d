"""The list of companies: its filters, its search, and what one line says."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from documents.models import AccessGrant
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.addresses import searched
from trustcenter.accounts.models import Company, CompanyDomain, User


@dataclass(frozen=True)
class Filter:
    """One filter of the list. The value is in the URL."""

    value: str
    label: str
    rows: Q


def everything() -> Filter:
    return Filter("all", _("All"), Q())


def filters(reader: User) -> list[Filter]:
    """Every filter, the one for all companies first."""
    return [
        everything(),
        Filter("mine", _("Mine"), Q(owner=reader)),
        Filter("customers", _("Customers"), Q(is_customer=True)),
        Filter("unconfirmed", _("Not confirmed"), Q(confirmed_at=None)),
        Filter("unowned", _("No owner"), Q(owner=None)),
        Filter("blocked", _("Blocked"), Q(blocked_at__isnull=False)),
    ]


def counts(offered: list[Filter]) -> dict[str, int]:
    """How many companies each filter shows; one query."""
    columns = {one.value: Count("pk", filter=one.rows) for one in offered}
    found: dict[str, int] = Company.objects.current().aggregate(**columns)
    return found


def rows(chosen: Filter, words: str) -> QuerySet[Company, Any]:
    """Companies by name."""
    found = Company.objects.current().filter(chosen.rows)
    if words:
        # An address finds the company of its domain.
        domain = searched(words).rpartition("@")[2]
        known = CompanyDomain.objects.filter(company=OuterRef("pk"), domain__contains=domain)
        found = found.filter(Q(legal_name__icontains=words) | Q(crm_id__iexact=words) | Q(Exists(known)))
    return found.order_by("legal_name", "pk")


def shown(found: QuerySet[Company, Any]) -> QuerySet[Company, Any]:
    """The companies of one page of `rows` with the numbers of their people, open documents and open requests.

    The page is a subquery of its own: the database would count for all pages before it.
    """
    return (
        Company.objects.filter(pk__in=found.values("pk"))
        .annotate(known=_number(User.objects.filter(company=OuterRef("pk"))))
        .annotate(grants=_number(_live(), "holder__company"), requests=_number(_open(), "requester__company"))
        .prefetch_related("owner")
        .prefetch_related("domains")
        .order_by("legal_name", "pk")
    )


def _live() -> QuerySet[AccessGrant]:
    return AccessGrant.objects.filter(holder__company=OuterRef("pk"), ended_at=None)


def _open() -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(requester__company=OuterRef("pk"), status=RequestStatus.OPEN)


def _number(found: QuerySet[Any, Any], by: str = "company") -> Coalesce:
    """How many rows; a subquery for each company on the page and not a join, which would group all of them."""
    counted = found.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
