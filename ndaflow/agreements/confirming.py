"""An approver confirms or declines that a signature or a paper covers more than one person.

Four eyes: never the person who signed, uploaded, filed or accepted it.
"""

from django.db import IntegrityError

from ndaflow.agreements import coverage, coverage_changes
from ndaflow.agreements.models import Coverage, DeclinedScope, Scope, Signature
from ndaflow.agreements.papers.flows import CONFIRM
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.proposals import OF_PAPER, OF_SIGNATURE, Proposal, of_paper, proposals
from ndaflow.agreements.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action


def confirm(cause: Signature | Paper, *, by: User) -> Coverage:
    """Confirms that a signature or a paper covers a company or a mail domain, as it is meant to. Documents of colleagues
    that waited for nothing else open at once."""
    _must_confirm(by)
    try:
        with audit.change(by=by) as change:
            meant = _confirmable(cause, by)
            coverage_changes.lock_people(coverage.people(meant))
            _lock_paper(cause)
            _lock_whom(meant)
            waiting = coverage_changes.hold_people(change, coverage.people(meant), meant.agreement.slug)
            _lock_signature(cause)
            # Again, because everything may have changed before it was locked.
            row = _confirmable(cause, by)
            if (row.scope, row.company_id, row.domain) != (meant.scope, meant.company_id, meant.domain):
                raise FlowError(Refusal.COVERAGE_CHANGED)
            row.confirmed_by, row.starts_at, row.confirmed_at = by, change.at, change.at
            if row.paper is not None:
                _begin(change, row, row.paper)
            _replace(change, row)
            proposal = _proposal(cause)
            change.mail(
                "coverage_confirmed", to=proposal.told.email, context={"coverage": row, "person": proposal.told}
            )
            _record(change, row, proposal)
            coverage_changes.write(change, row, waiting)
    except IntegrityError as broken:
        # Somebody else has confirmed it in the same moment.
        raise FlowError(Refusal.CONFIRMED_BEFORE) from broken
    return row


def decline(cause: Signature | Paper, *, reason: str, by: User) -> DeclinedScope:
    """Declines it: what it covers stays as it is, and the person who signed or filed it reads the reason."""
    _must_confirm(by)
    if not (reason := checked.lines(reason)):
        raise FlowError(Refusal.NO_SCOPE_REASON)
    with audit.change(by=by) as change:
        # So that nobody confirms it meanwhile.
        _lock_paper(cause)
        _lock_signature(cause)
        change.has_waited()
        proposal = _proposal(cause)
        if (own := proposal.own_of(by)) is not None:
            raise FlowError(own)
        if proposal.declined is not None:
            raise FlowError(Refusal.DECLINED_BEFORE)
        declined = DeclinedScope.objects.create(
            signature=proposal.signature, paper=proposal.paper, reason=reason, declined_by=by, declined_at=change.at
        )
        context = {"proposal": proposal, "person": proposal.told, "reason": reason}
        change.mail("coverage_declined", to=proposal.told.email, context=context)
        change.record(
            Action.COVERAGE_DECLINED,
            subject=declined,
            changed=[declined],
            agreement=proposal.agreement.named,
            whom=proposal.whom,
            reason=reason,
        )
    return declined


def _must_confirm(by: User) -> None:
    if not by.has_perm(CONFIRM):
        raise FlowError(Refusal.NOT_CONFIRMER)


def _proposal(cause: Signature | Paper) -> Proposal:
    """What it proposes now. Raises FlowError if it proposes nothing that nobody has confirmed."""
    if isinstance(cause, Paper):
        paper = Paper.objects.select_related(*OF_PAPER).get(pk=cause.pk)
        if paper.state != Paper.State.ACCEPTED:
            raise FlowError(Refusal.NOT_ACCEPTED)
        found, scope = of_paper(paper), paper.scope
    else:
        row = Signature.objects.select_related(*OF_SIGNATURE).get(pk=cause.pk)
        over = row.superseded_at is not None or not Coverage.objects.filter(signature=row, ended_at=None).exists()
        if row.scope != Scope.PERSON and over:
            raise FlowError(Refusal.SIGNATURE_OVER)
        found, scope = proposals([row]).get(row.pk), row.scope
    if scope == Scope.PERSON:
        raise FlowError(Refusal.NOTHING_PROPOSED)
    if found is None:
        raise FlowError(Refusal.CONFIRMED_BEFORE)
    return found


def _confirmable(cause: Signature | Paper, by: User) -> Coverage:
    """The coverage that it proposes now. Raises FlowError if `by` cannot confirm it."""
    proposal = _proposal(cause)
    if (own := proposal.own_of(by)) is not None:
        raise FlowError(own)
    if proposal.coverage is None or proposal.obstacle is not None:
        raise FlowError(proposal.obstacle or Refusal.NO_COMPANY)
    return proposal.coverage


def _lock_paper(cause: Signature | Paper) -> None:
    if isinstance(cause, Paper):
        list(Paper.objects.select_for_update(of=("self",), no_key=True).filter(pk=cause.pk).values_list("pk"))


def _lock_signature(cause: Signature | Paper) -> None:
    """After the grants, as in the step of a signer who replaces it."""
    if isinstance(cause, Signature):
        list(Signature.objects.select_for_update(of=("self",), no_key=True).filter(pk=cause.pk).values_list("pk"))


def _lock_whom(meant: Coverage) -> None:
    """The mail domains, so that nobody joins meanwhile; the people, so that none of them opens a request, which would be
    decided without the coverage; and the company, which has to be confirmed and not blocked."""
    known = CompanyDomain.objects.order_by("pk")
    domains = known.filter(domain=meant.domain) if meant.domain else known.filter(company=meant.company_id)
    companies = set(domains.select_for_update(no_key=True).values_list("company", flat=True))
    people = coverage.people(meant).order_by("pk")
    list(people.select_for_update(of=("self",), no_key=True).values_list("pk"))
    Company.objects.filter(pk__in=[meant.company_id] if meant.company_id else companies).lock()


def _begin(change: Change, row: Coverage, paper: Paper) -> None:
    """A paper covers from its first day, and never earlier than it was confirmed."""
    starts_at = paper.starts_at
    assert starts_at is not None
    row.starts_at = max(starts_at, change.at)
    if starts_at <= change.at and Paper.objects.filter(pk=paper.pk, begun_at=None).update(begun_at=change.at):
        change.changed(Paper.objects.filter(pk=paper.pk))


def _replace(change: Change, row: Coverage) -> None:
    """Ends what an earlier signature covers as widely. Otherwise, ending the new one would leave the old one in force."""
    if row.signature is not None:
        same = {"scope": row.scope, "company": row.company, "domain": row.domain}
        former = Coverage.objects.filter(agreement=row.agreement, signature__isnull=False, **same)
        coverage_changes.close(change, former, Coverage.End.REPLACED)


def _record(change: Change, row: Coverage, proposal: Proposal) -> None:
    named, whom = row.agreement.named, proposal.whom
    if proposal.signature is not None:
        change.record(Action.COVERAGE_CONFIRMED, subject=row, agreement=named, signer=proposal.told, whom=whom)
    else:
        change.record(Action.PAPER_CONFIRMED, subject=row, agreement=named, whom=whom)
