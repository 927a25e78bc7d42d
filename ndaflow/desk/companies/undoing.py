"""Undoes a merge of companies: what it moved goes back, unless something newer contradicts that.

It follows the list that the merge kept. Guessing from mail domains alone would give the other company what it never had.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ndaflow.agreements import coverage_changes, coverage_flows
from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers.models import Paper
from ndaflow.desk.companies import moves
from ndaflow.desk.companies.locking import step
from ndaflow.desk.companies.models import UNDO_WITHIN, CompanyMerge
from ndaflow.desk.companies.moves import Move
from trustcenter.accounts import changed
from trustcenter.accounts.models import Company, CompanyDomain, CompanyNote, ToldApart, User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.web.typed import quoted


@dataclass(frozen=True)
class Back:
    """What would go back now, and why it cannot, in sentences."""

    move: Move
    conflicts: list[str] = field(default_factory=list)


def of(into: Company, now: datetime) -> QuerySet[CompanyMerge]:
    """The merges into a company that can still be undone, the newest first."""
    found = CompanyMerge.objects.filter(into=into, undone_at=None, merged_at__gt=now - UNDO_WITHIN)
    return found.select_related("source", "merged_by")


def preview(merge: CompanyMerge) -> Back:
    """What undoing would move back now. With a conflict, nothing moves."""
    moved = merge.moved
    # Who joined since through one of its mail domains goes with the domain.
    joined = Q()
    for domain in moved["domains"]:
        joined |= Q(email__endswith=f"@{domain}")
    going = Q(pk__in=moved["people"]) | joined if moved["domains"] else Q(pk__in=moved["people"])
    move = moves.listed(
        User.objects.filter(going, company=merge.into),
        domains=sorted(moved["domains"]),
        notes=_still(CompanyNote.objects.filter(company=merge.into), moved["notes"]),
        papers=_still(Paper.objects.filter(company=merge.into), moved["papers"]),
        coverage=_still(Coverage.objects.filter(company=merge.into), moved["coverage"]),
    )
    return Back(move, _conflicts(merge, move))


def undo(merge: CompanyMerge, *, seen: str, by: User) -> Company:
    """Gives the other company back what the merge moved, in one change. `seen` is that of the `Move` on the page.

    Requests and access go with their people. What only the other company's agreement covered closes by itself at the door,
    and its readers are told. Raises FlowError that names the first conflict.
    """
    with step([merge.source, merge.into], by=by, leaving=merge.moved["domains"]) as (change, waiting):
        rows = {row.pk: row for row in Company.objects.filter(pk__in=[merge.source_id, merge.into_id])}
        merge = CompanyMerge.objects.select_for_update(of=("self",), no_key=True).get(pk=merge.pk)
        merge.source, merge.into = source, into = rows[merge.source_id], rows[merge.into_id]
        if merge.undone_at is not None:
            raise FlowError(Refusal.UNDONE_BEFORE)
        if change.at > merge.until:
            raise FlowError(Refusal.UNDO_OVER, days=str(UNDO_WITHIN.days))
        back = preview(merge)
        if back.conflicts:
            raise FlowError(Refusal.UNDO_CONFLICT, conflict=back.conflicts[0])
        move = moves.as_shown(back.move, seen)
        people = User.objects.filter(company__in=[source, into], is_active=True)
        covered = coverage_flows.covered_readers(people, change.at)
        source.merged_into = None
        source.save(update_fields=["merged_into"])
        moves.join(change, move.people, source)
        CompanyDomain.objects.filter(company=into, domain__in=move.domains).update(company=source)
        CompanyNote.objects.filter(pk__in=move.notes).update(company=source)
        papers, covers = Paper.objects.filter(pk__in=move.papers), Coverage.objects.filter(pk__in=move.coverage)
        papers.update(company=source)
        covers.update(company=source)
        change.changed(papers, covers)
        for one, other, said_by, said_at in merge.moved["apart"]:
            said = {"said_by_id": said_by, "said_at": parse_datetime(said_at)}
            ToldApart.objects.get_or_create(one_id=one, other_id=other, defaults=said)
        merge.undone_by, merge.undone_at = by, change.at
        merge.save(update_fields=["undone_by", "undone_at"])
        change.changed([merge])
        change.record(
            Action.COMPANY_MERGE_UNDONE,
            subject=source,
            changed=Company.answering().filter(pk__in=rows),
            name=into.legal_name,
            former=source.legal_name,
            into_id=into.pk,
            domains=move.domains,
            people=[person.pk for person in move.people],
            notes=move.notes,
            papers=move.papers,
            coverage=move.coverage,
        )
        coverage_flows.tell_uncovered(
            change, people, covered, _("Two companies that we had merged are separate again.")
        )
        for company in (source, into):
            coverage_changes.settle_company(change, company, waiting)
            changed.company(change, company.pk)
    return source


def _still(rows: QuerySet[CompanyNote] | QuerySet[Paper] | QuerySet[Coverage], ids: list[str]) -> list[str]:
    """Those of these rows that the company still has: a note may have been removed."""
    return list(rows.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))


def _conflicts(merge: CompanyMerge, move: Move) -> list[str]:
    """Everything newer that contradicts undoing, each in a sentence."""
    into, found = merge.into, []
    if into.merged_into_id:
        found.append(_("%(into)s has been merged into another company since then. Undo that first.") % _names(merge))
    if into.blocked_at and into.blocked_at > merge.merged_at and not merge.source.is_blocked:
        found.append(
            _("%(into)s has been blocked since then. End that block first; you can then block each company.")
            % _names(merge)
        )
    domains = CompanyDomain.objects.filter(domain__in=move.domains).select_related("company")
    holders = {one.domain: one.company for one in domains}
    for domain in move.domains:
        holder = holders.get(domain)
        if holder is None:
            found.append(_("The mail domain %(domain)s has been removed since then.") % {"domain": domain})
        elif holder.pk != into.pk:
            words = {"domain": domain, "company": quoted(holder.legal_name)}
            found.append(_("The mail domain %(domain)s now belongs to %(company)s.") % words)
    # Who erased their data has no company any more, and goes nowhere.
    others = User.objects.filter(pk__in=merge.moved["people"], company__isnull=False).exclude(company=into)
    for person in others.select_related("company").order_by("pk"):
        words = {"person": str(person), "company": quoted(person.company.legal_name) if person.company else ""}
        found.append(_("%(person)s now belongs to %(company)s.") % words)
    if not found:
        since = Coverage.objects.filter(company=into, ended_at=None, signature__signer__in=move.people)
        for row in since.exclude(pk__in=move.coverage).select_related("agreement", "signature__signer"):
            if row.signature is not None:
                words = {"title": row.agreement.title, "person": str(row.signature.signer)} | _names(merge)
                found.append(_("%(title)s covers %(into)s because %(person)s signed it. End that first.") % words)
    return found


def _names(merge: CompanyMerge) -> dict[str, str]:
    return {"into": quoted(merge.into.legal_name)}


def is_over(merge: CompanyMerge) -> bool:
    return merge.undone_at is not None or timezone.now() > merge.until
