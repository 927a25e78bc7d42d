"""Levels that nobody can satisfy: refused while they are edited, and named where they came about otherwise."""

from collections.abc import Iterator
from datetime import datetime

from documents.models import Level
from ndaflow.desk.levels.agreements import offered, title_of
from ndaflow.desk.levels.refusals import Refusal
from ndaflow.requests.flows import DECIDE
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError


def obstacles(level: Level, at: datetime, *, besides: Level | None = None) -> Iterator[tuple[str, FlowError]]:
    """Why nobody could get a document of this level, each with the field that says so; three queries.

    What the level `besides` has too is left out: it can be mended elsewhere, and must not stop another change.
    """
    if level.is_public:
        return
    if besides is None or level.approvals > besides.approvals:
        people = User.objects.who_may(DECIDE).count()
        if people < level.approvals:
            yield (
                "approvals",
                FlowError(Refusal.TOO_FEW_PEOPLE, people=str(people), approvals=str(level.approvals)),
            )
    new = [slug for slug in level.agreements if besides is None or slug not in besides.agreements]
    if not new:
        return
    known = offered(at)
    for slug in new:
        if slug not in known or not known[slug].is_in_force:
            yield "agreements", FlowError(Refusal.NOTHING_TO_SIGN, agreement=title_of(slug, known))
