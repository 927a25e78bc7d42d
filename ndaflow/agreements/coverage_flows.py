"""The end of coverage: a person ends it, or the clock does."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from documents.agreements import required
from documents.models import AccessGrant
from ndaflow.agreements import coverage, coverage_changes
from ndaflow.agreements.models import Agreement, Coverage, Scope
from ndaflow.agreements.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

# So many rows end by the clock in one change; the rest in the next minute.
AT_ONCE = 200
END = "ndaflow.end_coverage"


def end(row: Coverage, *, reason: str, by: User) -> Coverage:
    """Ends coverage now, with a reason that its readers get. Documents that nothing else covers close at once.

    The coverage of one person is the root of what the same signature or paper covers beyond them, which ends with it.
    """
    if not by.has_perm(END):
        raise FlowError(Refusal.NOT_ENDER)
    if not (reason := checked.lines(reason)):
        raise FlowError(Refusal.NO_END_REASON)
    with audit.change(by=by) as change:
        coverage_changes.lock(change, row.agreement)
        ending = _ending(row)
        if not ending:
            raise FlowError(Refusal.ENDED_BEFORE)
        _end(change, ending, Coverage.End.ENDED, reason)
        for one in ending:
            change.record(
                Action.COVERAGE_ENDED, subject=one, agreement=one.agreement.named, whom=whom(one), reason=reason
            )
    row.refresh_from_db()
    return row


def expire(agreement: Agreement) -> None:
    """Records which coverage under an agreement has ended by the clock, and tells its readers. Their documents closed on
    time without this."""
    with audit.change(by=None) as change:
        coverage_changes.lock(change, agreement)
        over = Coverage.objects.filter(agreement=agreement, ended_at=None, ends_at__lte=change.at)
        ending = _locked(over.order_by("pk")[:AT_ONCE])
        # A person may have ended them meanwhile.
        if ending:
            _end(change, ending, Coverage.End.EXPIRED)
        for one in ending:
            change.record_effect(Action.COVERAGE_EXPIRED, subject=one, agreement=one.agreement.named, whom=whom(one))


def whom(row: Coverage) -> object:
    """Whom it covers, as a record names it."""
    return row.person or (row.company.legal_name if row.company else row.domain)


def _ending(row: Coverage) -> list[Coverage]:
    live = Coverage.objects.filter(ended_at=None).order_by("pk")
    if row.scope == Scope.PERSON:
        found = _locked(live.filter(signature=row.signature_id, paper=row.paper_id))
        return found if row.pk in {one.pk for one in found} else []
    return _locked(live.filter(pk=row.pk))


def _locked(rows: QuerySet[Coverage]) -> list[Coverage]:
    """These rows, locked, and then read: a merge that was first has given them another company."""
    keys = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    return list(Coverage.objects.filter(pk__in=keys).select_related("agreement", "person", "company").order_by("pk"))


def _end(change: Change, ending: list[Coverage], how: Coverage.End, reason: str = "") -> None:
    """Closes the rows and tells everyone whose documents close with them, and the person whose own coverage it was."""
    documents = required().get(ending[0].agreement.slug, [])
    told = {one.person.pk: one.person for one in ending if one.person is not None}
    coverage_changes.close(change, Coverage.objects.filter(pk__in=[one.pk for one in ending]), how, reason)
    others = coverage.is_reached(coverage.in_force(change.at, new=False).filter(agreement=ending[0].agreement))
    closed: dict[str, list[str]] = {}
    for one in ending:
        uncovered = coverage.people(one).exclude(others)
        grants = AccessGrant.objects.open_at(change.at).filter(holder__in=uncovered, document__in=documents)
        for grant in grants.select_related("holder", "document").order_by("document__position"):
            told[grant.holder_id] = grant.holder
            if grant.document.title not in closed.setdefault(grant.holder_id, []):
                closed[grant.holder_id].append(grant.document.title)
    _tell(change, ending[0].agreement, told, closed, reason)


def covered_readers(people: QuerySet[User], at: datetime) -> dict[str, set[str]]:
    """Whom of these people each agreement covers now that a document requires, by its slug; one query for each."""
    found = {}
    for slug in required():
        reached = coverage.is_reached(coverage.in_force(at, new=False).filter(agreement__slug=slug))
        found[slug] = set(people.filter(reached).values_list("pk", flat=True))
    return found


def tell_uncovered(change: Change, people: QuerySet[User], before: Mapping[str, set[str]], reason: str) -> None:
    """Tells those of these people whose documents have closed, because an agreement that covered them does so no more."""
    documents, now = required(), covered_readers(people, change.at)
    for slug, keys in before.items():
        lost = keys - now.get(slug, set())
        grants = AccessGrant.objects.open_at(change.at).filter(holder__in=lost, document__in=documents.get(slug, []))
        told: dict[str, User] = {}
        closed: dict[str, list[str]] = {}
        for grant in grants.select_related("holder", "document").order_by("document__position"):
            told[grant.holder_id] = grant.holder
            closed.setdefault(grant.holder_id, []).append(grant.document.title)
        if told:
            _tell(change, Agreement.objects.get(slug=slug), told, closed, reason)


def _tell(
    change: Change, agreement: Agreement, told: Mapping[str, User], closed: Mapping[str, list[str]], reason: str
) -> None:
    for key, person in told.items():
        context = {"person": person, "agreement": agreement, "reason": reason, "closed": closed.get(key, [])}
        change.mail("coverage_ended", to=person.email, context=context)
