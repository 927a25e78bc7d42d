"""What is open to those whom an entry of the list names."""

from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from documents.models import AccessGrant
from trustcenter.accounts.models import Listed


def with_open(rows: QuerySet[Listed]) -> QuerySet[Listed, Any]:
    """The entries with the numbers of documents that are open: to the address, or to people at companies with the domain.

    Subqueries by indexed columns: looking for the end of an address would read every person.
    """
    live = AccessGrant.objects.open_at(timezone.now()).order_by()
    address = live.filter(holder__email=OuterRef("address")).values("holder")
    domain = live.filter(holder__company__domains__domain=OuterRef("domain")).values("holder__company__domains")
    return rows.annotate(at_address=_number(address), at_domain=_number(domain)).annotate(
        open=F("at_address") + F("at_domain")
    )


def open_to(entry: Listed) -> int:
    """How many documents are open to those whom one entry names."""
    row: Any = with_open(Listed.objects.filter(pk=entry.pk)).get()
    return int(row.open)


def _number(grouped: QuerySet[AccessGrant, Any]) -> Coalesce:
    counted = grouped.annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
