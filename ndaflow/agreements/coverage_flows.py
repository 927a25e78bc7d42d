"""The steps on coverage: a person confirms that a signature covers a company, somebody ends coverage, or the clock does."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import Exists

from documents.agreements import required
from documents.models import AccessGrant
from ndaflow.agreements import coverage
from ndaflow.agreements.models import Agreement, Coverage, Scope, Signature
from ndaflow.agreements.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

# So many rows end by the clock in one change; the rest in the next minute.
AT_ONCE = 200
CONFIRM, END = "ndaflow.confirm_coverage", "ndaflow.end_coverage"


@dataclass(frozen=True)
class Proposal:
    """What a signature is meant to cover beyond its signer. Nobody else is covered before a person confirms it."""

    signature: Signature
    # Not saved; its `reach` says whom it would cover. None if the signer has no company.
    coverage: Coverage | None
    # What has to be done first, or None.
    obstacle: Refusal | None


def proposals(signatures: Iterable[Signature]) -> dict[str, Proposal]:
    """The proposals among these signatures that wait for a person, by the id of the signature; two queries.

    They come with their signer, the signer's company and their agreement.
    """
    wider = [one for one in signatures if one.scope != Scope.PERSON and one.superseded_at is None]
    if not wider:
        return {}
    confirmed = Coverage.objects.filter(signature__in=wider).exclude(scope=Scope.PERSON)
    done = set(confirmed.values_list("signature", flat=True))
    names = [one.signer.domain for one in wider]
    domains = dict(CompanyDomain.objects.filter(domain__in=names).values_list("domain", "company"))
    return {one.pk: _proposal(one, domains) for one in wider if one.pk not in done}


def _proposal(signature: Signature, domains: dict[str, str]) -> Proposal:
    signer = signature.signer
    company, domain = signer.company, signer.domain
    # The domain has to belong to the same company: an administrator may have moved the person to another one.
    if company is None or is_free_mail(domain) or domains.get(domain) != company.pk:
        return Proposal(signature, None, Refusal.NO_COMPANY)
    row = Coverage(
        agreement=signature.agreement,
        version=signature.version,
        scope=signature.scope,
        company=company if signature.scope == Scope.COMPANY else None,
        domain=domain if signature.scope == Scope.DOMAIN else "",
        signature=signature,
    )
    if company.confirmed_at is None:
        return Proposal(signature, row, Refusal.COMPANY_FIRST)
    return Proposal(signature, row, Refusal.COMPANY_BLOCKED if company.blocked_at else None)


def confirm(signature: Signature, *, by: User) -> Coverage:
    """Confirms that a signature covers its signer's company or mail domain, as its text proposes. Documents of colleagues
    that waited for nothing else open at once."""
    if not by.has_perm(CONFIRM):
        raise FlowError(Refusal.NOT_CONFIRMER)
    try:
        with audit.change(by=by) as change:
            proposed = _confirmable(signature, by)
            coverage.lock_reached(change, proposed)
            Company.objects.select_for_update(of=("self",), no_key=True).get(pk=signature.signer.company_id)
            # Again, because everything may have changed before it was locked.
            row = _confirmable(signature, by)
            if (row.scope, row.company_id, row.domain) != (proposed.scope, proposed.company_id, proposed.domain):
                raise FlowError(Refusal.COVERAGE_CHANGED)
            row.starts_at = row.confirmed_at = change.at
            row.confirmed_by = by
            # Otherwise, ending the new one would leave the old one in force.
            same = {"scope": row.scope, "company": row.company, "domain": row.domain}
            former = Coverage.objects.filter(agreement=row.agreement, signature__isnull=False, **same)
            coverage.close(change, former, Coverage.End.REPLACED)
            signer = row.signature.signer if row.signature else None
            assert signer is not None
            change.mail("coverage_confirmed", to=signer.email, context={"coverage": row, "person": signer})
            change.record(
                Action.COVERAGE_CONFIRMED,
                subject=row,
                agreement=row.agreement.named,
                signer=signer,
                whom=whom(row),
            )
            coverage.write(change, row)
    except IntegrityError as broken:
        # Somebody else has confirmed it in the same moment.
        raise FlowError(Refusal.CONFIRMED_BEFORE) from broken
    return row


def _confirmable(signature: Signature, by: User) -> Coverage:
    """The coverage that the signature proposes now. Raises FlowError if it cannot be confirmed."""
    row = Signature.objects.select_related("signer__company", "agreement", "version__agreement").get(pk=signature.pk)
    if row.signer_id == by.pk:
        raise FlowError(Refusal.OWN_SIGNATURE)
    if row.scope == Scope.PERSON:
        raise FlowError(Refusal.NOTHING_PROPOSED)
    if row.superseded_at is not None or not Coverage.objects.filter(signature=row, ended_at=None).exists():
        raise FlowError(Refusal.SIGNATURE_OVER)
    proposal = proposals([row]).get(row.pk)
    if proposal is None:
        raise FlowError(Refusal.CONFIRMED_BEFORE)
    if proposal.coverage is None or proposal.obstacle is not None:
        raise FlowError(proposal.obstacle or Refusal.NO_COMPANY)
    return proposal.coverage


def end(row: Coverage, *, reason: str, by: User) -> Coverage:
    """Ends coverage now, with a reason that its readers get. Documents that nothing else covers close at once.

    The coverage of the signer is the root of what the same signature covers beyond them, which ends with it.
    """
    if not by.has_perm(END):
        raise FlowError(Refusal.NOT_ENDER)
    if not (reason := checked.lines(reason)):
        raise FlowError(Refusal.NO_END_REASON)
    with audit.change(by=by) as change:
        coverage.lock(change)
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
        coverage.lock(change)
        over = Coverage.objects.filter(agreement=agreement, ended_at=None, ends_at__lte=change.at)
        ending = list(over.select_related("agreement", "person", "company").order_by("pk")[:AT_ONCE])
        # A person may have ended them meanwhile.
        if ending:
            _end(change, ending, Coverage.End.EXPIRED)
        for one in ending:
            change.record_effect(Action.COVERAGE_EXPIRED, subject=one, agreement=one.agreement.named, whom=whom(one))


def whom(row: Coverage) -> object:
    """Whom it covers, as a record names it."""
    return row.person or (row.company.legal_name if row.company else row.domain)


def _ending(row: Coverage) -> list[Coverage]:
    live = Coverage.objects.filter(ended_at=None).select_related("agreement", "person", "company").order_by("pk")
    if row.scope == Scope.PERSON and row.signature_id is not None:
        found = list(live.filter(signature=row.signature_id))
        return found if row.pk in {one.pk for one in found} else []
    return list(live.filter(pk=row.pk))


def _end(change: Change, ending: list[Coverage], how: Coverage.End, reason: str = "") -> None:
    """Closes the rows and tells everyone whose documents close with them, and the person whose own coverage it was."""
    documents = required().get(ending[0].agreement.slug, [])
    told = {one.person.pk: one.person for one in ending if one.person is not None}
    coverage.close(change, Coverage.objects.filter(pk__in=[one.pk for one in ending]), how, reason)
    others = coverage.of_each(coverage.in_force(change.at, new=False).filter(agreement=ending[0].agreement))
    closed: dict[str, list[str]] = {}
    for one in ending:
        uncovered = coverage.people(one).exclude(Exists(others))
        grants = AccessGrant.objects.open_at(change.at).filter(holder__in=uncovered, document__in=documents)
        for grant in grants.select_related("holder", "document").order_by("document__position"):
            told[grant.holder_id] = grant.holder
            if grant.document.title not in closed.setdefault(grant.holder_id, []):
                closed[grant.holder_id].append(grant.document.title)
    for key, person in told.items():
        context = {"person": person, "agreement": ending[0].agreement, "reason": reason, "closed": closed.get(key, [])}
        change.mail("coverage_ended", to=person.email, context=context)
