"""Whom agreements covered at any instant, for many people at once, by the rule of `ndaflow.agreements.coverage`."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from django.db.models import Q

from ndaflow.agreements.coverage import FOR_NEW
from ndaflow.agreements.models import AgreementVersion, Coverage, Scope
from trustcenter.accounts.models import User


class CoveredThen:
    """What covers these people for a new grant; two queries."""

    def __init__(self, people: Sequence[User]) -> None:
        rows = Coverage.objects.select_related("agreement", "version", "signature")
        confirmed = [person for person in people if _is_confirmed(person)]
        companies = {person.company_id for person in confirmed}
        domains = {person.domain for person in confirmed if person.domain}
        own = Q(person__in={person.pk for person in people})
        self._rows: defaultdict[object, list[Coverage]] = defaultdict(list)
        for row in rows.filter(own | Q(company__in=companies) | Q(domain__in=domains)).order_by():
            self._rows[row.scope, row.person_id or row.company_id or row.domain].append(row)
        self._later: defaultdict[int, list[tuple[int, datetime]]] = defaultdict(list)
        versions = AgreementVersion.objects.filter(earlier_signers__in=FOR_NEW)
        for agreement, number, at in versions.values_list("agreement", "number", "effective_at"):
            self._later[agreement].append((number, at))

    def covers(self, person: User, slugs: Collection[str], at: datetime) -> bool:
        """Whether each of these agreements covers the person at that instant. None of them never means yes."""
        covered = {row.agreement.slug for row in self._in_force(person, at)}
        return bool(slugs) and person.is_active and covered >= set(slugs)

    def typed_names(self, person: User, at: datetime) -> set[str]:
        """The names under which the person signed what covers them."""
        rows = (row for row in self._in_force(person, at) if row.signature and row.signature.signer_id == person.pk)
        return {row.signature.typed_name for row in rows if row.signature}

    def _in_force(self, person: User, at: datetime) -> Iterator[Coverage]:
        reaches = [
            (Scope.PERSON, person.pk),
            *([(Scope.COMPANY, person.company_id), (Scope.DOMAIN, person.domain)] if _is_confirmed(person) else []),
        ]
        for row in (row for key in reaches for row in self._rows[key]):
            over = min((end for end in (row.ends_at, row.ended_at) if end is not None), default=None)
            if row.starts_at <= at and (over is None or at < over) and not self._is_outdated(row, at):
                yield row

    def _is_outdated(self, row: Coverage, at: datetime) -> bool:
        number = row.version.number if row.version else None
        return number is not None and any(
            later > number and begins <= at for later, begins in self._later[row.agreement_id]
        )


def _is_confirmed(person: User) -> bool:
    """Whether agreements of the company cover the person too."""
    return person.company is not None and person.company.confirmed_at is not None
