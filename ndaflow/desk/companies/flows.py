"""Merges companies, and moves mail domains with their people from one company to another."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ndaflow.agreements import coverage_changes, coverage_flows
from ndaflow.agreements.papers.models import Paper
from ndaflow.desk.companies import moves
from ndaflow.desk.companies.locking import step
from ndaflow.desk.companies.models import CompanyMerge
from ndaflow.desk.companies.moves import Move
from trustcenter.accounts import changed
from trustcenter.accounts.addresses import canonical_domain
from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.models import Company, CompanyDomain, CompanyNote, ToldApart, User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action
from trustcenter.web.typed import quoted


def merge(source: Company, into: Company, *, seen: str, by: User) -> Company:
    """Merges `source` into another company: all that it has moves, and it stays as an empty row.

    Signatures and grants belong to their people and are not touched. What covers one of the companies covers both from
    then on, so a request that waited only for that opens. `seen` is that of the `Move` on the page. What moved is kept,
    so that a person can undo it; see `undoing`.
    """
    with step([source, into], by=by) as (change, waiting):
        rows = {row.pk: row for row in Company.objects.filter(pk__in=[source.pk, into.pk])}
        source, into = rows[source.pk], rows[into.pk]
        must_merge(source, into)
        move = moves.as_shown(moves.of_merge(source), seen)
        moves.join(change, move.people, into)
        CompanyDomain.objects.filter(company=source).update(company=into)
        CompanyNote.objects.filter(company=source).update(company=into)
        papers = Paper.objects.filter(pk__in=move.papers)
        papers.update(company=into)
        change.changed(papers)
        coverage_changes.move(change, source, into)
        apart = ToldApart.objects.filter(Q(one=source) | Q(other=source))
        kept = [[one.one_id, one.other_id, one.said_by_id, one.said_at.isoformat()] for one in apart.order_by("pk")]
        apart.delete()
        source.merged_into = into
        source.save(update_fields=["merged_into"])
        merged = CompanyMerge.objects.create(
            source=source, into=into, moved=move.ids | {"apart": kept}, merged_by=by, merged_at=change.at
        )
        change.changed([merged])
        change.record(
            Action.COMPANY_MERGED,
            subject=into,
            changed=Company.answering().filter(pk__in=rows),
            name=into.legal_name,
            former=source.legal_name,
            former_id=source.pk,
            domains=move.domains,
            people=[person.pk for person in move.people],
            notes=move.notes,
            papers=move.papers,
            coverage=move.coverage,
        )
        coverage_changes.settle_company(change, into, waiting)
        changed.company(change, into.pk)
    return into


def must_merge(source: Company, into: Company) -> None:
    """Raises FlowError with the reason why these two cannot be merged this way."""
    words = {"former": quoted(source.legal_name), "into": quoted(into.legal_name)}
    if source.pk == into.pk:
        raise FlowError(Refusal.MERGE_SELF)
    if source.merged_into_id or into.merged_into_id:
        raise FlowError(Refusal.COMPANY_GONE)
    if source.confirmed_at and not into.confirmed_at:
        # The agreements of a confirmed company would cover people whose company nobody has checked.
        raise FlowError(Refusal.MERGE_OTHER_WAY, **words)
    if source.is_blocked and not into.is_blocked:
        raise FlowError(Refusal.MERGE_BLOCKED, **words)


def tell_apart(one: Company, other: Company, *, by: User) -> None:
    """Says that two companies that look alike are two, so that nobody is asked again."""
    if one.pk == other.pk:
        raise FlowError(Refusal.MERGE_SELF)
    with step([one, other], by=by) as (change, _waiting):
        first, second = sorted([one, other], key=lambda company: company.pk)
        _said, added = ToldApart.objects.get_or_create(
            one=first, other=second, defaults={"said_by": by, "said_at": change.at}
        )
        if not added:
            raise FlowError(Refusal.TOLD_APART_BEFORE)
        change.record(
            Action.COMPANIES_TOLD_APART,
            subject=one,
            name=one.legal_name,
            former=other.legal_name,
            former_id=other.pk,
        )


def add_domain(company: Company, domain: str, *, seen: str, by: User) -> CompanyDomain:
    """Gives a company a mail domain that no company has, and the people with an address there who have no company."""
    domain = new_domain(company, domain)
    with step([company], by=by, joining=domain) as (change, waiting):
        (row,) = _current([company])
        move = moves.as_shown(moves.of_new_domain(domain), seen)
        # Somebody may have proven an address there since.
        known, added = CompanyDomain.objects.get_or_create(
            domain=domain, defaults={"company": row, "verified_at": change.at}
        )
        if not added:
            raise FlowError(Refusal.DOMAIN_TAKEN, domain=domain, company=quoted(known.company.legal_name))
        moves.join(change, move.people, row)
        _record(change, Action.COMPANY_DOMAIN_ADDED, row, [row], move)
        coverage_changes.settle_company(change, row, waiting)
        changed.company(change, row.pk)
    return known


def new_domain(company: Company, typed: str) -> str:
    """The domain that somebody typed for a company, in its one spelling. Raises FlowError if the company cannot get it."""
    try:
        domain = canonical_domain(typed.strip().removeprefix("@"))
    except ValidationError as wrong:
        raise FlowError(Refusal.NO_DOMAIN) from wrong
    if is_free_mail(domain):
        raise FlowError(Refusal.DOMAIN_FREE_MAIL, domain=domain)
    known = CompanyDomain.objects.select_related("company").filter(domain=domain).first()
    if known is not None and known.company_id == company.pk:
        raise FlowError(Refusal.DOMAIN_HERE, domain=domain)
    if known is not None:
        raise FlowError(Refusal.DOMAIN_TAKEN, domain=domain, company=quoted(known.company.legal_name))
    return domain


def move_domain(domain: CompanyDomain, to: Company, *, seen: str, by: User) -> None:
    """Moves a mail domain, and the people of its company with an address there, to another company."""
    if domain.company_id == to.pk:
        raise FlowError(Refusal.DOMAIN_HERE, domain=domain.domain)
    with step([domain.company, to], by=by, leaving=[domain.domain]) as (change, waiting):
        row = _still_there(domain)
        former, new = _current([domain.company, to])
        move = moves.as_shown(moves.of_domain(row), seen)
        covered = coverage_flows.covered_readers(_readers(move), change.at)
        CompanyDomain.objects.filter(pk=row.pk).update(company=new)
        moves.join(change, move.people, new)
        names = {"former": former.legal_name, "former_id": former.pk}
        _record(change, Action.COMPANY_DOMAIN_MOVED, new, [former, new], move, **names)
        reason = _("Your mail domain now belongs to another company.")
        coverage_flows.tell_uncovered(change, _readers(move), covered, reason)
        coverage_changes.settle_company(change, new, waiting)
        changed.company(change, new.pk)


def remove_domain(domain: CompanyDomain, *, seen: str, by: User) -> None:
    """Takes a mail domain from its company. Its people have no company until one of them asks again."""
    with step([domain.company], by=by, leaving=[domain.domain]) as (change, _waiting):
        row = _still_there(domain)
        (company,) = _current([domain.company])
        move = moves.as_shown(moves.of_domain(row), seen)
        covered = coverage_flows.covered_readers(_readers(move), change.at)
        row.delete()
        moves.join(change, move.people, None)
        reason = _("Your mail domain no longer belongs to a company.")
        coverage_flows.tell_uncovered(change, _readers(move), covered, reason)
        _record(change, Action.COMPANY_DOMAIN_REMOVED, company, [company], move)


def _readers(move: Move) -> QuerySet[User]:
    """The people of a move, as the database has them at each moment."""
    return User.objects.filter(pk__in=[person.pk for person in move.people], is_active=True)


def _current(companies: Sequence[Company]) -> list[Company]:
    """The locked rows of these companies, in the same order. Raises FlowError if one was merged meanwhile."""
    keys = [company.pk for company in companies]
    rows = {row.pk: row for row in Company.objects.filter(pk__in=keys)}
    if any(row.merged_into_id for row in rows.values()):
        raise FlowError(Refusal.COMPANY_GONE)
    return [rows[key] for key in keys]


def _still_there(domain: CompanyDomain) -> CompanyDomain:
    row = CompanyDomain.objects.filter(pk=domain.pk, company=domain.company_id).first()
    if row is None:
        raise FlowError(Refusal.DOMAIN_GONE)
    return row


def _record(
    change: Change, action: Action, company: Company, changed: Sequence[Company], move: Move, **names: str
) -> None:
    change.record(
        action,
        subject=company,
        changed=Company.answering().filter(pk__in=[one.pk for one in changed]),
        name=company.legal_name,
        domain=move.domains[0],
        people=[person.pk for person in move.people],
        **names,
    )
