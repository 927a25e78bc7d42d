"""What signatures and papers are meant to cover beyond one person, and what an approver still has to confirm."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import StrIndex, Substr
from django.utils import timezone

from ndaflow.agreements.models import Agreement, Coverage, DeclinedScope, Scope, Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.refusals import Refusal
from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.models import CompanyDomain, User

OF_SIGNATURE = ("signer__company", "agreement", "version__agreement", "declined_scope__declined_by")
OF_PAPER = ("agreement", "added_by", "decided_by", "company", "declined_scope__declined_by")


@dataclass(frozen=True)
class Proposal:
    """What a signature or a paper is meant to cover beyond one person. Nobody else is covered before an approver
    confirms it."""

    cause: Signature | Paper
    # Not saved; its `reach` says whom it would cover. None if the signer has no company.
    coverage: Coverage | None
    # What has to be done first, or None.
    obstacle: Refusal | None
    # Who declined it, and why.
    declined: DeclinedScope | None

    @property
    def signature(self) -> Signature | None:
        return self.cause if isinstance(self.cause, Signature) else None

    @property
    def paper(self) -> Paper | None:
        return self.cause if isinstance(self.cause, Paper) else None

    @property
    def agreement(self) -> Agreement:
        return self.cause.agreement

    @property
    def whom(self) -> str:
        """A company or a domain, as records name it."""
        row = self.coverage
        return self.told.domain if row is None else row.company.legal_name if row.company else row.domain

    @property
    def told(self) -> User:
        """Who signed, uploaded or filed it, and hears what an approver decides."""
        return self.cause.signer if isinstance(self.cause, Signature) else self.cause.added_by

    def own_of(self, person: User) -> Refusal | None:
        """Why this person cannot decide about it: four eyes."""
        if isinstance(self.cause, Signature):
            return Refusal.OWN_SIGNATURE if self.cause.signer_id == person.pk else None
        return Refusal.OWN_FILING if person.pk in {self.cause.added_by_id, self.cause.decided_by_id} else None


def proposals(signatures: Iterable[Signature]) -> dict[str, Proposal]:
    """What these signatures propose and nobody has confirmed, by the id of the signature; one query at most."""
    wider = [one.pk for one in signatures if one.scope != Scope.PERSON and one.superseded_at is None]
    if not wider:
        return {}
    found = _with_domain(Signature.objects.filter(pk__in=wider).exclude(Exists(_confirmed())))
    return {one.pk: _of_signature(one, getattr(one, "declined_scope", None)) for one in found}


def of_paper(paper: Paper) -> Proposal | None:
    """What a paper on file is meant to cover beyond one person, while nobody has confirmed it; `paper` has `OF_PAPER`."""
    if paper.state != Paper.State.ACCEPTED or paper.scope == Scope.PERSON:
        return None
    if Coverage.objects.filter(paper=paper).exclude(scope=Scope.PERSON).exists():
        return None
    return _of_paper(paper, getattr(paper, "declined_scope", None))


def waiting_signatures() -> QuerySet[Signature]:
    """The signatures that are meant to cover more than their signer, and wait for an approver, the oldest first."""
    own = Coverage.objects.filter(signature=OuterRef("pk"), ended_at=None)
    found = Signature.objects.filter(Exists(own), superseded_at=None, declined_scope=None).exclude(scope=Scope.PERSON)
    return found.exclude(Exists(_confirmed())).order_by("signed_at")


def waiting_papers() -> QuerySet[Paper]:
    """The papers on file that are meant to cover more than one person, and wait for an approver, the oldest first."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    wider = Coverage.objects.filter(paper=OuterRef("pk")).exclude(scope=Scope.PERSON)
    found = Paper.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=today), state=Paper.State.ACCEPTED, declined_scope=None
    )
    return found.exclude(scope=Scope.PERSON).exclude(Exists(wider)).order_by("decided_at")


def waiting(signatures: QuerySet[Signature], papers: QuerySet[Paper], most: int) -> list[Proposal]:
    """At most so many of each as proposals; two queries."""
    signed = _with_domain(signatures)[:most]
    filed = papers.select_related(*OF_PAPER)[:most]
    return [*(_of_signature(one, None) for one in signed), *(_of_paper(one, None) for one in filed)]


def _confirmed() -> QuerySet[Coverage]:
    """The coverage beyond its signer by an outer signature."""
    return Coverage.objects.filter(signature=OuterRef("pk")).exclude(scope=Scope.PERSON)


def _with_domain(found: QuerySet[Signature]) -> QuerySet[Signature]:
    """With what a proposal names, and `domain_company`: to which company the signer's mail domain belongs."""
    email = OuterRef("signer__email")
    known = CompanyDomain.objects.filter(domain=Substr(email, StrIndex(email, Value("@")) + 1))
    found = found.annotate(domain_company=Subquery(known.values("company")))
    return found.select_related(*OF_SIGNATURE).defer("evidence")


def _of_signature(signature: Signature, declined: DeclinedScope | None) -> Proposal:
    signer = signature.signer
    company, domain = signer.company, signer.domain
    # The domain has to belong to the same company: an administrator may have moved the person to another one.
    if company is None or is_free_mail(domain) or signature.domain_company != company.pk:  # type: ignore[attr-defined]  # by _with_domain
        return Proposal(signature, None, Refusal.NO_COMPANY, declined)
    row = Coverage(
        agreement=signature.agreement,
        version=signature.version,
        scope=signature.scope,
        company=company if signature.scope == Scope.COMPANY else None,
        domain=domain if signature.scope == Scope.DOMAIN else "",
        signature=signature,
    )
    obstacle = Refusal.COMPANY_BLOCKED if company.blocked_at else None
    if company.confirmed_at is None:
        obstacle = Refusal.COMPANY_FIRST
    elif Scope(signature.scope).exceeds(signature.agreement.widest):
        obstacle = Refusal.TOO_WIDE
    return Proposal(signature, row, obstacle, declined)


def _of_paper(paper: Paper, declined: DeclinedScope | None) -> Proposal:
    row = Coverage(
        agreement=paper.agreement,
        scope=paper.scope,
        company=paper.company,
        domain=paper.domain,
        paper=paper,
        ends_at=paper.ends_at,
    )
    known = (
        CompanyDomain.objects.select_related("company").filter(domain=paper.domain).first() if paper.domain else None
    )
    company = paper.company or (known.company if known else None)
    obstacle = None
    if paper.ends_at is not None and paper.ends_at <= timezone.now():
        obstacle = Refusal.PAPER_OVER
    elif company is None or company.confirmed_at is None:
        obstacle = Refusal.COMPANY_FIRST
    elif company.blocked_at:
        obstacle = Refusal.COMPANY_BLOCKED
    elif Scope(paper.scope).exceeds(paper.agreement.widest):
        obstacle = Refusal.TOO_WIDE
    return Proposal(paper, row, obstacle, declined)
