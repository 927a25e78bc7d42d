"""Making members of staff. There is no page for it: whoever runs commands on the server says who is staff."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from trustcenter.accounts.models import User, normalise_email
from trustcenter.accounts.roles import Role
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record

ONE_TIME_PASSWORD_LIFE = timedelta(hours=24)
# Without 0, 1, l and o: it is read from a terminal and typed.
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"


@transaction.atomic
def add(email: str, *, name: str, roles: Iterable[Role], password: str | None = None) -> tuple[User, str]:
    """Makes a person staff with exactly these roles, and answers their password.

    Without `password` it is a random one (80 bits) that works for a day and is replaced at first use.
    Somebody who is known already keeps their history and loses their old password and sessions. Raises
    ValueError without a role.
    """
    roles = sorted(set(roles))
    if not roles:
        raise ValueError("A member of staff needs a role.")
    user = User.objects.get_or_create(email=normalise_email(email))[0]
    user.name = name or user.name
    user.is_staff = user.is_active = True
    user.one_time_password_until = None if password else timezone.now() + ONE_TIME_PASSWORD_LIFE
    password = password or one_time_password()
    user.set_password(password)
    user.save()
    user.groups.set(Group.objects.filter(name__in=roles))
    # An administrator vouches for the address; staff prove themselves with a password and a second factor.
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    record(Action.STAFF_ADDED, actor=None, subject=user, person=user.email, roles=", ".join(roles))
    return user, password


@transaction.atomic
def start_over(user: User) -> str:
    """For a lost second factor: takes factors, password and sessions away, answers a one-time password.

    Whoever asks for it has to be known to the person at the keyboard (ASVS 6.4.4).
    """
    Authenticator.objects.filter(user=user).delete()
    password = one_time_password()
    user.set_password(password)
    user.one_time_password_until = timezone.now() + ONE_TIME_PASSWORD_LIFE
    user.save(update_fields=["password", "one_time_password_until"])
    record(Action.FACTOR_REMOVED, actor=None, subject=user, method="all", person=user.email)
    return password


def one_time_password() -> str:
    """Four groups of four, 80 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
