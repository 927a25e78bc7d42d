"""The people who decide requests, as the desk's pages name them: who is away, who stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ndaflow.duty import people
from ndaflow.duty.business_time import BusinessTime
from trustcenter.accounts.models import User


@dataclass(frozen=True)
class Team:
    """Everyone who may decide, by name. `instead` leads from who is away to who stands in, by id."""

    members: Sequence[User]
    instead: dict[str, str]

    def stands_in(self, person: User | None) -> User | None:
        """Who stands in for a person now."""
        deputy = self.instead.get(person.pk) if person else None
        return next((one for one in self.members if one.pk == deputy), None)

    def answered_by(self, person: User) -> set[str]:
        """Whose requests a person answers: their own, and those of everybody they stand in for."""
        return {person.pk} | {away for away, deputy in self.instead.items() if deputy == person.pk}


def team(now: datetime, office: BusinessTime) -> Team:
    """The team at this instant; one query."""
    members = list(people.deciders().select_related("absence"))
    today = now.astimezone(office.zone).date()
    away = {
        one.pk: one.absence.deputy_id
        for one in members
        if hasattr(one, "absence") and one.absence.starts_on <= today <= one.absence.ends_on
    }
    return Team(members, people.resolved(away, {one.pk for one in members}))
