"""Whom an agreement covers. This module alone derives it, and it alone writes it.

A missing row never means that no agreement is needed: an agreement that nobody knows, one without a text and one that
nobody signed all leave the gate shut.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr

from ndaflow.agreements.models import Agreement, AgreementVersion, Coverage, Scope, Signature
from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.audit import Change

EarlierSigners = AgreementVersion.EarlierSigners
# The rules of later versions that end an earlier signature: for what is open already, and for a new grant.
FOR_THE_DOOR = (EarlierSigners.NOW,)
FOR_NEW = (EarlierSigners.NOW, EarlierSigners.NEXT_USE)

# The rule of `in_force` and `_reaches` as SQL, because the first byte of every download waits for it.
COVERED = """
    SELECT DISTINCT agreement.slug FROM ndaflow_coverage cover
    JOIN ndaflow_agreement agreement ON agreement.id = cover.agreement_id
    LEFT JOIN ndaflow_agreementversion version ON version.id = cover.version_id
    WHERE cover.ended_at IS NULL AND cover.starts_at <= %s AND (cover.ends_at IS NULL OR cover.ends_at > %s)
    AND (
        cover.person_id = %s
        OR cover.company_id = (SELECT id FROM accounts_company WHERE id = %s AND confirmed_at IS NOT NULL)
        OR cover.domain = (
            SELECT proven.domain FROM accounts_companydomain proven JOIN accounts_company company
            ON company.id = proven.company_id WHERE proven.domain = %s AND company.confirmed_at IS NOT NULL
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM ndaflow_agreementversion later WHERE later.agreement_id = cover.agreement_id
        AND later.number > version.number AND later.effective_at <= %s AND later.earlier_signers = 'now'
    )
"""
# What pages show of it.
ALL = (
    "agreement",
    "version__agreement",
    "person",
    "company",
    "confirmed_by",
    "signature__signer__company",
    "signature__version",
    "signature__copy",
)
SHARED = "SELECT id FROM ndaflow_agreement ORDER BY id FOR SHARE"


def covered(person: User, instant: datetime) -> frozenset[str]:
    """The slugs of the agreements that cover a person at `instant`, for the door; one query. `person` is read afresh."""
    at = connection.ops.adapt_datetimefield_value(instant)
    with connection.cursor() as cursor:
        cursor.execute(COVERED, [at, at, person.pk, person.company_id, person.domain, at])
        return frozenset(slug for (slug,) in cursor.fetchall())


def offered() -> list[tuple[str, str]]:
    """Every agreement by slug, with its title."""
    return list(Agreement.objects.values_list("slug", "title"))


def covering(person: User | None, slugs: Collection[str], instant: datetime, *, new: bool) -> Mapping[str, Coverage]:
    """What covers a person at `instant`, by the slug of the agreement, with its signature; one query.

    With `new`, for a new grant: a later version that earlier signers accept with their next request counts. Without,
    for what is open already, as at the door. Among several, the person's own coverage comes first, then the newest.
    """
    found: dict[str, Coverage] = {}
    if person is None or not person.is_active or not slugs:
        return found
    rows = in_force(instant, new=new).filter(_reaches(person.pk, person.company_id, person.domain))
    rows = rows.filter(agreement__slug__in=slugs).select_related("agreement", "signature")
    for row in _own_first(rows.order_by("-starts_at")):
        found.setdefault(row.agreement.slug, row)
    return found


@dataclass(frozen=True)
class Reaching:
    """The coverage that reaches a person, by the slug of the agreement: what counts, and what counts no more."""

    for_the_door: Mapping[str, Coverage]
    for_new: Mapping[str, Coverage]
    former: Mapping[str, Coverage]
    # What reaches the person for a new grant besides `for_new`, as the company's beside the person's own.
    besides: Mapping[str, Coverage]


def reaching(person: User | None, slugs: Collection[str], instant: datetime) -> Reaching:
    """What `covering` finds without `new` and with it, and what last covered the person where nothing does for a new
    grant, with all that pages show of it; one query for all three."""
    for_the_door: dict[str, Coverage] = {}
    for_new: dict[str, Coverage] = {}
    former: dict[str, Coverage] = {}
    besides: dict[str, Coverage] = {}
    if person is None or not slugs:
        return Reaching(for_the_door, for_new, former, besides)
    rows = Coverage.objects.filter(_reaches(person.pk, person.company_id, person.domain), starts_at__lte=instant)
    rows = rows.filter(agreement__slug__in=slugs).annotate(
        counts=ExpressionWrapper(_counts(instant, new=False), BooleanField()),
        counts_for_new=ExpressionWrapper(_counts(instant, new=True), BooleanField()),
    )
    newest_first = list(rows.select_related(*ALL).order_by("-starts_at"))
    for row in _own_first(newest_first) if person.is_active else []:
        if row.counts:
            for_the_door.setdefault(row.agreement.slug, row)
        if row.counts_for_new and for_new.setdefault(row.agreement.slug, row) is not row:
            besides.setdefault(row.agreement.slug, row)
    for row in newest_first:
        if row.agreement.slug not in for_new:
            former.setdefault(row.agreement.slug, row)
    return Reaching(for_the_door, for_new, former, besides)


def _own_first[Row: Coverage](rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda one: one.person_id is None)


def in_force(instant: datetime, *, new: bool) -> QuerySet[Coverage]:
    """The coverage that counts at `instant`: begun, not ended, and of no text that a later version has replaced."""
    return Coverage.objects.filter(_counts(instant, new=new))


def _counts(instant: datetime, *, new: bool) -> Q:
    replaced = Exists(_later(instant, FOR_NEW if new else FOR_THE_DOOR))
    running = Q(ends_at=None) | Q(ends_at__gt=instant)
    return Q(running, ~Q(replaced), ended_at=None, starts_at__lte=instant)


def _later(instant: datetime, rules: Collection[str]) -> QuerySet[AgreementVersion]:
    """The versions in force with one of these rules that are newer than the one of an outer row of coverage."""
    return AgreementVersion.objects.filter(
        agreement=OuterRef("agreement"),
        number__gt=OuterRef("version__number"),
        effective_at__lte=instant,
        earlier_signers__in=rules,
    )


def of_each(rows: QuerySet[Coverage], path: str = "") -> QuerySet[Coverage]:
    """The rows of coverage that reach the person of an outer row, for Exists; `path` leads there, as "requester__"."""
    email = OuterRef(f"{path}email")
    domain = Substr(email, StrIndex(email, Value("@")) + 1)
    return rows.filter(_reaches(OuterRef(path.removesuffix("__") or "pk"), OuterRef(f"{path}company"), domain))


def people(coverage: Coverage) -> QuerySet[User]:
    """The active people whom it reaches."""
    active = User.objects.filter(is_active=True)
    match coverage.scope:
        case Scope.PERSON:
            return active.filter(pk=coverage.person_id)
        case Scope.COMPANY:
            return active.filter(company=coverage.company_id, company__confirmed_at__isnull=False)
        case _:
            known = CompanyDomain.objects.filter(domain=coverage.domain, company__confirmed_at__isnull=False)
            return active.filter(Exists(known), email__endswith=f"@{coverage.domain}")


def _reaches(person: Any, company: Any, domain: Any) -> Q:
    """Coverage that reaches a person. A domain or a company counts while a person of our staff has confirmed the company:
    otherwise one signature from a free-mail address would cover everyone there."""
    known = CompanyDomain.objects.filter(domain=OuterRef("domain"), company__confirmed_at__isnull=False)
    reaches = Q(person=person) | (Q(domain=domain) & ~Q(domain="") & Q(Exists(known)))
    return reaches if company is None else reaches | Q(company=company, company__confirmed_at__isnull=False)


# Locks


def share() -> None:
    """Locks the agreements until commit against everything that changes coverage, and lets others share the lock.

    Steps that rely on coverage take it first, so that none of them is recorded after the coverage ended.
    """
    if connection.features.has_select_for_update:
        with connection.cursor() as cursor:
            cursor.execute(SHARED)


def lock(change: Change) -> None:
    """Locks the agreements until commit, alone: for a step that changes coverage or publishes a text."""
    list(Agreement.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    change.has_waited()


# Writing


@dataclass(frozen=True)
class Effect:
    """What another room does when people become covered: it locks their rows in time, and acts on what is now covered."""

    lock: Callable[[Change, QuerySet[User]], None]
    settle: Callable[[Change, QuerySet[User]], None]


_effects: list[Effect] = []


def add_effect(effect: Effect) -> None:
    """Registers what a higher room does; see `AppConfig.ready`."""
    _effects.append(effect)


def lock_reached(change: Change, coverage: Coverage) -> None:
    """Locks the agreements alone, then the requests of everyone whom `coverage`, not yet saved, will reach.

    A step that covers more than its own requester calls it before it takes any other lock.
    """
    lock_people(change, people(coverage))


def lock_people(change: Change, reached: QuerySet[User]) -> None:
    """Locks the agreements alone, then the requests of people whom other coverage will reach."""
    lock(change)
    for effect in _effects:
        effect.lock(change, reached)


def write(change: Change, coverage: Coverage) -> Coverage:
    """Writes a new row of coverage, and opens what waited for it. The caller has locked with `lock_reached`, has recorded why,
    and hands in the same rows."""
    coverage.save(force_insert=True)
    change.changed([coverage])
    settle(change, people(coverage))
    return coverage


def settle(change: Change, reached: QuerySet[User]) -> None:
    """Opens what waited only for coverage, for people whose requests `lock_people` has locked."""
    for effect in _effects:
        effect.settle(change, reached)


def settle_company(change: Change, company: Company) -> None:
    """Opens what waited only for what covers a company, for people who may have joined it just now.

    Without such coverage it touches no request, so that nobody who signs at the same moment has to do it again.
    """
    domains = CompanyDomain.objects.filter(company=company).values("domain")
    if Coverage.objects.filter(Q(company=company) | Q(domain__in=domains), ended_at=None).exists():
        settle(change, User.objects.filter(company=company, is_active=True))


def move(change: Change, former: Company, company: Company) -> None:
    """Lets what covers one company cover another one, into which it was merged. The signatures and papers stay as they are."""
    rows = Coverage.objects.filter(company=former)
    change.changed(Coverage.objects.filter(pk__in=list(rows.values_list("pk", flat=True))))
    rows.update(company=company)


def by_signature(change: Change, signature: Signature) -> Coverage:
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
    )


def close(change: Change, rows: QuerySet[Coverage], end: Coverage.End, reason: str = "") -> None:
    """Ends these rows of coverage, as far as they have not ended."""
    ending = rows.filter(ended_at=None)
    change.changed(Coverage.objects.filter(pk__in=list(ending.values_list("pk", flat=True))))
    ending.update(ended_at=change.at, end=end, end_reason=reason)
