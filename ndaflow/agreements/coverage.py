"""Whom an agreement covers. This module alone derives it; `coverage_changes` alone writes it.

A missing row never means that no agreement is needed: an agreement that nobody knows, one without a text and one that
nobody signed all leave the gate shut.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr

from ndaflow.agreements.models import Agreement, AgreementVersion, Coverage, Scope
from trustcenter.accounts.models import CompanyDomain, User

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


def is_reached(rows: QuerySet[Coverage], path: str = "") -> Q:
    """Whether one of these rows of coverage reaches the person of an outer row; `path` leads there, as "requester__".

    The rule of `_reaches` for many people at once: each of the three ways to be covered is a look-up of its own, by its
    index. In one condition, PostgreSQL compares each person with every signature of the site.
    """
    email = OuterRef(f"{path}email")
    own = rows.filter(scope=Scope.PERSON, person=OuterRef(path.removesuffix("__") or "pk"))
    company = rows.filter(scope=Scope.COMPANY, company=OuterRef(f"{path}company"), company__confirmed_at__isnull=False)
    known = CompanyDomain.objects.filter(domain=OuterRef("domain"), company__confirmed_at__isnull=False)
    domain = rows.filter(Exists(known), scope=Scope.DOMAIN, domain=Substr(email, StrIndex(email, Value("@")) + 1))
    return Q(Exists(own)) | Q(Exists(company)) | Q(Exists(domain))


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
