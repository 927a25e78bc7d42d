"""The register: whom each agreement covers and because of what, its filters, and the same as a file for a spreadsheet."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import Document
from ndaflow.agreements import proposals
from ndaflow.agreements.models import Agreement, AgreementVersion, Coverage, Scope
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.proposals import Proposal
from ndaflow.agreements.signing import utc_text
from trustcenter.accounts.addresses import searched

SOON = timedelta(days=30)


class Show(models.TextChoices):
    """Which rows the register shows; the value is in the address."""

    ALL = "", gettext_lazy("In force")
    CHECK = "check", gettext_lazy("For you to check")
    CONFIRM = "confirm", gettext_lazy("For an approver to confirm")
    ENDS = "ends", gettext_lazy("Ends in 30 days")
    NAMES = "names", gettext_lazy("Names differ")
    FORMER = "former", gettext_lazy("Former version")
    PAPER = "paper", gettext_lazy("Paper on file")
    ENDED = "ended", gettext_lazy("Ended")


@dataclass(frozen=True)
class Chosen:
    """What the register shows; `version` is one of the agreement, as `nda-2`."""

    show: Show
    agreement: str
    version: str
    covers: str
    words: str


def chosen(query: QueryDict) -> Chosen:
    """The filters in the address of the page. What is not a filter shows everything."""
    show, covers = query.get("show", ""), query.get("covers", "")
    return Chosen(
        Show(show) if show in Show.values else Show.ALL,
        query.get("agreement", "").replace("\0", "")[:60],
        query.get("version", "").replace("\0", "")[:60],
        covers if covers in Scope.values else "",
        query.get("q", "").replace("\0", "").strip()[:100],
    )


def live_at(now: datetime, path: str = "") -> Q:
    """Coverage that has not ended; `path` leads to it, as "coverage__"."""
    return Q(**{f"{path}ended_at": None}) & (Q(**{f"{path}ends_at": None}) | Q(**{f"{path}ends_at__gt": now}))


def of_show(show: Show, now: datetime) -> Q:
    """The rows of coverage under one filter."""
    live = live_at(now)
    match show:
        case Show.CHECK | Show.CONFIRM:
            return Q(pk=None)
        case Show.ENDS:
            return live & Q(ends_at__lte=now + SOON)
        case Show.NAMES:
            return (
                live
                & ~Q(signature=None)
                & ~Q(signature__request=None)
                & ~Q(signature__typed_name__iexact=F("signature__request__name"))
            )
        case Show.FORMER:
            return live & Q(version__number__lt=F("newest"))
        case Show.PAPER:
            return live & ~Q(paper=None)
        case Show.ENDED:
            return ~live
        case _:
            return live


def counts(now: datetime) -> dict[str, int]:
    """How many rows each filter shows; four queries."""
    found: dict[str, int] = _rows(now).aggregate(
        **{show.name: Count("pk", filter=of_show(show, now)) for show in Show if show not in {Show.CHECK, Show.CONFIRM}}
    )
    to_confirm = proposals.waiting_signatures().count() + proposals.waiting_papers().count()
    to_check = Paper.objects.filter(state=Paper.State.WAITING).count()
    return found | {Show.CHECK.name: to_check, Show.CONFIRM.name: to_confirm}


def rows(what: Chosen, now: datetime) -> QuerySet[Coverage]:
    """The rows of coverage, those that need something first, then the newest."""
    found = _rows(now).filter(of_show(what.show, now))
    slug, _dash, number = what.version.rpartition("-")
    if number.isdecimal() and len(number) < 9:
        found = found.filter(agreement__slug=slug, version__number=int(number))
    if what.agreement:
        found = found.filter(agreement__slug=what.agreement)
    if what.covers:
        found = found.filter(scope=what.covers)
    if what.words:
        found = found.filter(_named(what.words))
    return _in_order(found, now)


def shown(found: QuerySet[Coverage], now: datetime) -> QuerySet[Coverage]:
    """The rows of one page of `rows`, or all of them, with everything that a line shows.

    The page is a subquery of its own: the database would sort all signatures with all of this.
    """
    page = _in_order(_rows(now).filter(pk__in=found.values("pk")), now)
    return page.select_related(
        *("agreement", "version", "person__company", "company", "paper__added_by"),
        *("signature__copy", "signature__request", "confirmed_by"),
    ).defer("version__text", "signature__evidence")


def _in_order(found: QuerySet[Coverage], now: datetime) -> QuerySet[Coverage]:
    needs = Case(
        When(of_show(Show.ENDS, now), then=Value(0)), When(of_show(Show.NAMES, now), then=Value(1)), default=Value(2)
    )
    return found.annotate(needs=needs).order_by("needs", "-starts_at", "pk")


def waiting(what: Chosen) -> QuerySet[Paper]:
    """The papers that legal has to check under these filters, the oldest first."""
    if what.show not in {Show.ALL, Show.CHECK} or what.version or what.covers:
        return Paper.objects.none()
    found = Paper.objects.filter(state=Paper.State.WAITING).select_related("agreement", "added_by__company", "request")
    if what.agreement:
        found = found.filter(agreement__slug=what.agreement)
    if what.words:
        address = Q(added_by__email__contains=searched(what.words))
        found = found.filter(
            address | Q(added_by__name__icontains=what.words) | Q(request__company_name__icontains=what.words)
        )
    return found.order_by("added_at")


def to_confirm(what: Chosen, most: int) -> list[Proposal]:
    """What approvers have to confirm under these filters: signatures, then papers, the oldest first."""
    if what.show not in {Show.ALL, Show.CONFIRM} or what.version:
        return []
    signatures, papers = proposals.waiting_signatures(), proposals.waiting_papers()
    if what.agreement:
        signatures = signatures.filter(agreement__slug=what.agreement)
        papers = papers.filter(agreement__slug=what.agreement)
    if what.covers:
        signatures, papers = signatures.filter(scope=what.covers), papers.filter(scope=what.covers)
    if what.words:
        words, address = what.words, searched(what.words)
        signatures = signatures.filter(
            Q(signer__email__contains=address)
            | Q(typed_name__icontains=words)
            | Q(entity__icontains=words)
            | Q(signer__company__legal_name__icontains=words)
        )
        papers = papers.filter(
            Q(added_by__email__contains=address) | Q(company__legal_name__icontains=words) | Q(domain__contains=address)
        )
    return proposals.waiting(signatures, papers, most)


def state(row: Any, now: datetime) -> tuple[str, str, str]:
    """Tone, word and sign of a row; `row` is from `rows`."""
    if row.ended_at is not None:
        return "none", row.get_end_display(), "none"
    if row.ends_at is not None and row.ends_at <= now:
        return "none", _("Expired"), "none"
    if row.starts_at > now:
        return "wait", _("Starts later"), "planned"
    if row.needs == 0:
        return "wait", _("Ends soon"), "planned"
    if row.needs == 1:
        return "wait", _("Names differ"), "alert"
    if row.version is not None and row.version.number < (row.newest or 0):
        return "good", _("Former version"), "good"
    return "good", _("In force"), "good"


def head() -> list[str]:
    """The first line of the CSV file."""
    names = [_("Agreement"), _("Version"), _("Covers"), _("Who"), _("From"), _("Until"), _("State"), _("Because of")]
    names += [_("Name"), _("Job title"), _("Signed for"), _("E-mail"), _("Company"), _("Confirmed by")]
    return [*names, _("Request"), _("Signature or paper"), _("SHA-256")]


def cells(found: Iterable[Any], now: datetime) -> Iterator[list[object]]:
    """The rows as lines of a CSV file."""
    return (_cells(one, now) for one in found)


def _cells(one: Any, now: datetime) -> list[object]:
    signature, paper, person = one.signature, one.paper, one.person
    company = one.company or (person.company if person and person.company and person.company.confirmed_at else None)
    cells = [
        one.agreement.title,
        one.version.number if one.version else "",
        one.get_scope_display(),
        one.reach,
        utc_text(one.starts_at),
        utc_text(one.ends_at) if one.ends_at else "",
        state(one, now)[1],
        paper.get_kind_display() if paper else _("Signed here"),
    ]
    typed = [signature.typed_name, signature.title, signature.entity] if signature else ["", "", ""]
    cells += [*typed, person.email if person else "", company.legal_name if company else ""]
    cells += [one.confirmed_by.email if one.confirmed_by else ""]
    if signature:
        digest = signature.copy.sha256 if hasattr(signature, "copy") else ""
        return [*cells, signature.request_id or "", signature.pk, digest]
    return [*cells, paper.request_id or "", paper.pk, paper.sha256]


def _rows(now: datetime) -> QuerySet[Coverage]:
    """With the number of the version in force of each row's agreement."""
    in_force = AgreementVersion.objects.filter(agreement=OuterRef("agreement"), effective_at__lte=now)
    return Coverage.objects.annotate(newest=Subquery(in_force.order_by("-number").values("number")[:1]))


def _named(words: str) -> Q:
    """Rows that a person, a company or a domain with these words belongs to, or that somebody signed under them."""
    address = searched(words)
    return (
        Q(person__email__contains=address)
        | Q(person__name__icontains=words)
        | Q(person__company__legal_name__icontains=words)
        | Q(company__legal_name__icontains=words)
        | Q(domain__contains=address)
        | Q(signature__typed_name__icontains=words)
        | Q(signature__entity__icontains=words)
    )


@dataclass(frozen=True)
class Card:
    """One agreement at a glance."""

    agreement: Agreement
    newest: AgreementVersion | None
    # Published, and in force later.
    coming: AgreementVersion | None
    signed: int
    papers: int
    # How many documents need it.
    opens: int


def cards(now: datetime) -> list[Card]:
    """Every agreement with its version in force, how many rest on it and how many documents need it; four queries."""
    needed = Counter(slug for one in Document.objects.select_related("level") for slug in one.required_agreements)
    versions = AgreementVersion.objects.defer("text").order_by("number")
    in_force, coming = dict[int, AgreementVersion](), dict[int, AgreementVersion]()
    for version in versions:
        (in_force if version.effective_at <= now else coming)[version.agreement_id] = version
    covered: dict[int, Any] = {
        row["agreement"]: row
        for row in Coverage.objects.filter(live_at(now))
        .values("agreement")
        .annotate(signed=Count("signature", distinct=True), papers=Count("paper", distinct=True))
    }
    return [
        Card(
            agreement,
            in_force.get(agreement.pk),
            coming.get(agreement.pk),
            covered.get(agreement.pk, {}).get("signed", 0),
            covered.get(agreement.pk, {}).get("papers", 0),
            needed[agreement.slug],
        )
        for agreement in Agreement.objects.order_by("pk")
    ]
