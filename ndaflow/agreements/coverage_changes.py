"""The writing of coverage, and its locks. No other module writes a row of it.

A step that relies on coverage shares the lock of the agreements that it depends on, and so does one that adds coverage. A
step that ends coverage, or publishes a text, locks its one agreement alone. No step locks every agreement.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from ndaflow.agreements.models import Agreement, Coverage, Scope, Signature
from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.audit import Change

# The agreements with these slugs, and those that these documents require, by the rule of `Document.required_agreements`.
SHARED = """
    SELECT agreement.slug FROM ndaflow_agreement agreement
    WHERE agreement.slug = ANY(%s) OR EXISTS (
        SELECT 1 FROM documents_document document LEFT JOIN documents_level level ON level.id = document.level_id
        WHERE document.id IN ({documents})
        AND (document.agreements @> to_jsonb(agreement.slug) OR level.agreements @> to_jsonb(agreement.slug))
    )
    ORDER BY agreement.id FOR SHARE OF agreement
"""
OF_DOCUMENT = SHARED.format(documents="SELECT id FROM documents_document WHERE slug = %s")


# Locks


def hold(slug: str) -> frozenset[str] | None:
    """Locks the agreements that a document requires until commit, for the door: nobody ends what they cover meanwhile, and
    others share the lock. Returns their slugs, or None if the whole database is locked; one query."""
    if not connection.features.has_select_for_update:
        return None
    with connection.cursor() as cursor:
        cursor.execute(OF_DOCUMENT, [[], slug])
        return frozenset(found for (found,) in cursor.fetchall())


def share(documents: QuerySet[Any, Any], slugs: Collection[str] = ()) -> None:
    """Locks the agreements that documents require, and those with these slugs, in the same way; `documents` are keys.

    The caller has locked the levels, which say what a document requires.
    """
    if not connection.features.has_select_for_update:
        return
    try:
        keys, values = documents.order_by().query.sql_with_params()
    except EmptyResultSet:
        keys, values = "NULL", ()
    with connection.cursor() as cursor:
        cursor.execute(SHARED.format(documents=keys), [list(slugs), *values])


def lock(change: Change, agreement: Agreement) -> None:
    """Locks one agreement until commit, alone: for a step that ends coverage under it. Such a step locks no other one."""
    list(Agreement.objects.filter(pk=agreement.pk).select_for_update(no_key=True).values_list("pk"))
    change.has_waited()


@dataclass(frozen=True)
class Effect:
    """What the room of requests does when people become covered.

    `lock` locks what waits for coverage, for these people. `hold` locks what opening it depends on, and the agreements with
    these slugs; it returns what waits. `settle` opens what is covered now.
    """

    lock: Callable[[QuerySet[User]], None]
    hold: Callable[[Change, QuerySet[User], Collection[str]], QuerySet[Any]]
    settle: Callable[[Change, QuerySet[Any]], None]


_effect: Effect | None = None


def register(effect: Effect) -> None:
    """Registers what the higher room does; see `AppConfig.ready`."""
    global _effect
    _effect = effect


def _registered() -> Effect:
    if _effect is None:
        raise RuntimeError("nothing says what becoming covered does")
    return _effect


def lock_people(reached: QuerySet[User]) -> None:
    """Locks the open requests of people whom coverage will reach, before any other lock of the step."""
    _registered().lock(reached)


def hold_people(change: Change, reached: QuerySet[User], *slugs: str) -> QuerySet[Any]:
    """Locks the levels and agreements on which their requests depend, the agreements `slugs`, and their open grants.

    The caller has taken the locks that docs/transactions.md has before these. Returns the requests, for `settle`. Raises
    FlowError if somebody joined these people meanwhile and has a request in somebody else's hands.
    """
    return _registered().hold(change, reached, slugs)


# Writing


def write(change: Change, coverage: Coverage, waiting: QuerySet[Any]) -> Coverage:
    """Writes a new row of coverage, and opens what waited for it: the requests from `hold_people`. The caller has recorded why."""
    coverage.save(force_insert=True)
    change.changed([coverage])
    settle(change, waiting)
    return coverage


def settle(change: Change, waiting: QuerySet[Any]) -> None:
    """Opens what waited only for coverage, in the requests from `hold_people`."""
    _registered().settle(change, waiting)


def settle_company(change: Change, company: Company, waiting: QuerySet[Any]) -> None:
    """Opens what waited only for what covers a company, for people who may have joined it just now.

    Without such coverage it touches no request, so that nobody who signs at the same moment has to do it again.
    """
    domains = CompanyDomain.objects.filter(company=company).values("domain")
    if Coverage.objects.filter(Q(company=company) | Q(domain__in=domains), ended_at=None).exists():
        settle(change, waiting.filter(requester__company=company, requester__is_active=True))


def move(change: Change, former: Company, company: Company) -> None:
    """Lets what covers one company cover another one, into which it was merged. The signatures and papers stay as they are."""
    rows = Coverage.objects.filter(company=former)
    change.changed(Coverage.objects.filter(pk__in=list(rows.values_list("pk", flat=True))))
    rows.update(company=company)


def by_signature(change: Change, signature: Signature, waiting: QuerySet[Any]) -> Coverage:
    """The coverage of the signer by a new signature. It replaces the one by their former signature."""
    former = Coverage.objects.filter(agreement=signature.agreement, person=signature.signer, signature__isnull=False)
    close(change, former, Coverage.End.REPLACED)
    return write(
        change,
        Coverage(
            agreement=signature.agreement,
            version=signature.version,
            scope=Scope.PERSON,
            person=signature.signer,
            starts_at=signature.signed_at,
            signature=signature,
        ),
        waiting,
    )


def close(change: Change, rows: QuerySet[Coverage], end: Coverage.End, reason: str = "") -> None:
    """Ends these rows of coverage, as far as they have not ended."""
    ending = rows.filter(ended_at=None)
    change.changed(Coverage.objects.filter(pk__in=list(ending.values_list("pk", flat=True))))
    ending.update(ended_at=change.at, end=end, end_reason=reason)
