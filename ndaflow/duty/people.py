"""Who of the operator's people may decide requests, who is away, and who stands in."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db.models import QuerySet

from ndaflow.duty.hours import business_time
from ndaflow.duty.models import Absence
from trustcenter.accounts.models import User

DECIDE = "ndaflow.decide_accessrequest"


def deciders() -> QuerySet[User]:
    """Everyone who may decide requests, by name."""
    return User.objects.who_may(DECIDE).order_by("name", "email")


def today(at: datetime) -> date:
    """The day at the operator's office; one query."""
    return at.astimezone(business_time().zone).date()


def stand_ins(at: datetime) -> dict[str, str]:
    """From everyone who is away to who stands in, by id. Two queries.

    The deputy of a deputy stands in if both are away. Nobody stands in whose deputies are all away or may not decide:
    their mail goes to themselves, so that it is never lost.
    """
    day = today(at)
    away = dict(Absence.objects.filter(starts_on__lte=day, ends_on__gte=day).values_list("person", "deputy"))
    if not away:
        return {}
    may = set(deciders().filter(pk__in=set(away.values())).values_list("pk", flat=True))
    return resolved(away, may)


def resolved(away: Mapping[str, str], may: Collection[str]) -> dict[str, str]:
    """From everyone who is away to the first in the row of deputies who is here and may decide."""
    found = {}
    for person in away:
        seen, deputy = {person}, away[person]
        while deputy in away and deputy not in seen:
            seen.add(deputy)
            deputy = away[deputy]
        if deputy in may and deputy not in away:
            found[person] = deputy
    return found


def present(people: Iterable[User], at: datetime) -> list[User]:
    """These people, each replaced by who stands in; nobody twice."""
    asked = list(people)
    if not asked:
        return []
    instead = stand_ins(at)
    others = User.objects.in_bulk({instead[one.pk] for one in asked if one.pk in instead})
    return list({found.pk: found for one in asked for found in [others.get(instead.get(one.pk, ""), one)]}.values())
