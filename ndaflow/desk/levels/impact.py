"""Whom a stricter level shuts out, before it is saved."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from documents.models import AccessGrant, GrantQuerySet, Level
from ndaflow.agreements import coverage
from ndaflow.requests.models import RequestedDocument, RequestStatus
from trustcenter.accounts.models import User


@dataclass(frozen=True)
class Impact:
    """What a change of a level does to people at one instant, once each, by address."""

    # They lose at least one document at once.
    shut_out: list[User] = field(default_factory=list)
    # How many documents that is, counted for each of them.
    grants: int = 0
    # They keep their access, and can only read here what they could download.
    shown_only: list[User] = field(default_factory=list)
    # Documents of open requests that were approved and need another approval.
    reviewed_again: int = 0

    @property
    def is_felt(self) -> bool:
        return bool(self.shut_out or self.shown_only or self.reviewed_again)


def of(before: Level, after: Level, at: datetime) -> Impact:
    """What the change from `before` to `after` does to those who hold or wait for its documents."""
    if before.terms == after.terms:
        return Impact()
    live = AccessGrant.objects.open_at(at).filter(document__level=before.pk, holder__is_active=True)
    grants = list(live.select_related("holder", "document").order_by("holder__email"))
    own = {slug for grant in grants for slug in grant.document.agreements}
    covered = _covered(live, {*before.agreements, *after.agreements, *own}, at)
    holds = [grant for grant in grants if _opens(grant, before, covered)]
    out = [grant for grant in holds if not _opens(grant, after, covered)]
    gone = {grant.holder_id for grant in out}
    only = [grant for grant in holds if grant.holder_id not in gone and not grant.show_only]
    return Impact(
        _people(out),
        len(out),
        _people(only) if after.is_view_only and not before.is_view_only else [],
        sum(not _is_enough(item, after) for item in approved(before)),
    )


def _covered(grants: GrantQuerySet, agreements: Iterable[str], at: datetime) -> dict[str, set[str]]:
    """The holders, by key, whom each agreement covers at the door; one query for each agreement."""
    found = {}
    for slug in sorted(agreements):
        rows = coverage.in_force(at, new=False).filter(agreement__slug=slug)
        them = User.objects.filter(coverage.is_reached(rows), pk__in=grants.values("holder"))
        found[slug] = set(them.values_list("pk", flat=True))
    return found


def _opens(grant: AccessGrant, level: Level, covered: Mapping[str, Collection[str]]) -> bool:
    """The rule of the door, `documents.access.admission`, for a grant that is open by the clock."""
    needed = {*level.agreements, *grant.document.agreements}
    return grant.approvals >= level.approvals and all(grant.holder_id in covered[slug] for slug in needed)


def approved(level: Level) -> list[RequestedDocument]:
    """What was approved at this level in open requests and is not open yet, with its decisions."""
    waiting = RequestedDocument.objects.filter(
        document__level=level.pk,
        request__status=RequestStatus.OPEN,
        outcome=RequestedDocument.Outcome.APPROVED,
        grant=None,
    )
    return list(waiting.select_related("document").prefetch_related("decisions").order_by("request", "pk"))


def _is_enough(item: RequestedDocument, after: Level) -> bool:
    item.document.level = after
    return item.has_its_approvals(item.decisions.all())


def _people(grants: Iterable[AccessGrant]) -> list[User]:
    return list(dict.fromkeys(grant.holder for grant in grants))
