"""What moves when companies are merged, or when a mail domain gets another company: shown first, compared when it is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers.models import Paper
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import Company, CompanyDomain, CompanyNote, User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import Change, FlowError
from trustcenter.audit.text import digest


@dataclass(frozen=True, kw_only=True)
class Move:
    """People, their mail domains and what hangs on the company itself. `requests` and `grants` follow their people."""

    people: list[User]
    domains: list[str]
    notes: list[str]
    papers: list[str]
    coverage: list[str]
    # How many are open to these people, and how many requests of theirs are open.
    grants: int
    requests: int

    @property
    def ids(self) -> dict[str, list[str]]:
        """What a merge keeps of it."""
        people = sorted(one.pk for one in self.people)
        return {
            "people": people,
            "domains": self.domains,
            "notes": self.notes,
            "papers": self.papers,
            "coverage": self.coverage,
        }

    @property
    def seen(self) -> str:
        """What the page showed. It sends this back, so that nobody moves what they have not seen."""
        return digest(repr(list(self.ids.values())))


def of_merge(source: Company) -> Move:
    """What moves when `source` is merged into another company; seven queries."""
    return listed(
        User.objects.filter(company=source),
        domains=list(CompanyDomain.objects.filter(company=source).order_by("domain").values_list("domain", flat=True)),
        notes=list(CompanyNote.objects.filter(company=source).order_by("pk").values_list("pk", flat=True)),
        papers=list(Paper.objects.filter(company=source).order_by("pk").values_list("pk", flat=True)),
        coverage=list(Coverage.objects.filter(company=source).order_by("pk").values_list("pk", flat=True)),
    )


def of_domain(domain: CompanyDomain) -> Move:
    """What moves, or leaves the company, with one of its mail domains; three queries."""
    return listed(at(domain.domain).filter(company=domain.company_id), domains=[domain.domain])


def of_new_domain(domain: str) -> Move:
    """Who joins a company that gets a mail domain of nobody; three queries."""
    return listed(at(domain).filter(company=None), domains=[domain])


def at(domain: str) -> QuerySet[User]:
    """Everyone with an address at a mail domain."""
    return User.objects.filter(email__endswith=f"@{domain}")


def as_shown(move: Move, seen: str) -> Move:
    """The same, if it is what the page showed. Raises FlowError."""
    if move.seen != seen:
        raise FlowError(Refusal.CHANGED_MEANWHILE)
    return move


def join(change: Change, people: Sequence[User], company: Company | None) -> None:
    """Gives these people a company, or none, in a change that has locked them."""
    keys = [person.pk for person in people]
    User.objects.filter(pk__in=keys).update(company=company)
    change.changed(User.answering().filter(pk__in=keys))


def listed(
    people: QuerySet[User],
    *,
    domains: list[str],
    notes: Sequence[str] = (),
    papers: Sequence[str] = (),
    coverage: Sequence[str] = (),
) -> Move:
    """These, with what is open to these people; three queries."""
    found = list(people.order_by("pk"))
    return Move(
        people=found,
        domains=domains,
        notes=list(notes),
        papers=list(papers),
        coverage=list(coverage),
        grants=AccessGrant.objects.filter(holder__in=found).open_at(timezone.now()).count(),
        requests=AccessRequest.objects.filter(requester__in=found, status=RequestStatus.OPEN).count(),
    )
