"""The list of people: its filters, its search, and what one line says."""

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trustcenter.accounts.addresses import searched
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role

STAFF = "staff"


@dataclass(frozen=True)
class Filter:
    """One filter of the list. The value is in the URL."""

    value: str
    label: str
    rows: Q


def filters() -> list[Filter]:
    """Every filter, the one for all of the staff first."""
    roles = [Filter(role.value, str(role.label), Q(is_staff=True) & Q(_holds(role))) for role in Role]
    return [
        Filter(STAFF, _("Staff"), Q(is_staff=True)),
        *roles,
        Filter("no-factor", _("No second factor"), Q(is_staff=True, is_active=True) & ~Q(Exists(_factors()))),
        Filter("closed", _("Closed"), Q(is_active=False)),
        Filter("requesters", _("Requesters"), Q(is_staff=False)),
    ]


def rows(chosen: Filter, words: str) -> QuerySet[User]:
    """People with a proven address and staff, the last who signed in first."""
    found = User.answering().filter(chosen.rows)
    if words:
        found = found.filter(Q(email__contains=searched(words)) | Q(name__icontains=words))
    return (
        found.order_by(F("last_login").desc(nulls_last=True), "email")
        .select_related("company")
        .prefetch_related("authenticator_set")
    )


def counts(offered: list[Filter]) -> dict[str, int]:
    """How many people each filter shows; one query."""
    # Role names and filters are words with hyphens, which are no names for columns.
    columns = {f"n{number}": Count("pk", filter=one.rows) for number, one in enumerate(offered)}
    found = User.answering().aggregate(**columns)
    return {one.value: found[f"n{number}"] for number, one in enumerate(offered)}


@dataclass(frozen=True)
class Line:
    """One person in a line; the roles in the order of `Role`."""

    person: User
    roles: list[Role]
    factors: list[str]


def line(person: User) -> Line:
    """What the list says about a person; lists prefetch groups and second factors."""
    held = {group.name for group in person.groups.all()}
    return Line(person, [role for role in Role if role.value in held], second_factors(person))


def second_factors(person: User) -> list[str]:
    """The person's second factors in words. Recovery codes only stand in for one."""
    kinds: list[Any] = [factor.type for factor in person.authenticator_set.all()]  # type: ignore[attr-defined]  # allauth's model points here
    found = [_("Authenticator app")] if Authenticator.Type.TOTP in kinds else []
    if passkeys := kinds.count(Authenticator.Type.WEBAUTHN):
        found.append(ngettext("%(n)s passkey", "%(n)s passkeys", passkeys) % {"n": passkeys})
    return found


def _holds(role: Role) -> Exists:
    return Exists(User.groups.through.objects.filter(user=OuterRef("pk"), group__name=role.value))


def _factors() -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=OuterRef("pk"))
    return found.exclude(type=Authenticator.Type.RECOVERY_CODES)
