"""Creates members of staff. There is no page for it: only commands on the server make somebody staff."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group

from trustcenter import audit
from trustcenter.accounts.addresses import canonical
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role
from trustcenter.audit.actions import Action
from trustcenter.web.typed import line

ONE_TIME_PASSWORD_LIFE = timedelta(hours=24)
# Without 0, 1, l and o, because it is read from a terminal and typed.
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"


def add(email: str, *, name: str, roles: Iterable[Role], password: str | None = None) -> tuple[User, str]:
    """Makes a person staff with exactly these roles; returns the person and the password.

    Without `password` it is a random one (80 bits) that works for a day and is replaced at first use. A known person
    keeps the history and loses the old password and sessions. Raises ValueError without a role, and ValidationError for what is
    no address or no name.
    """
    roles = sorted(set(roles))
    if not roles:
        raise ValueError("A member of staff needs a role.")
    email, name = canonical(email), line(name)
    with audit.change(by=None) as change:
        user = User.objects.get_or_create(email=email)[0]
        user.name = name or user.name
        user.is_staff = user.is_active = True
        user.proven_at = user.proven_at or change.at
        user.one_time_password_until = None if password else change.at + ONE_TIME_PASSWORD_LIFE
        password = password or one_time_password()
        user.set_password(password)
        user.save()
        user.groups.set(Group.objects.filter(name__in=roles))
        # An administrator confirms the address; staff sign in with a password and a second factor.
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
        change.record(
            Action.STAFF_ADDED,
            subject=user,
            changed=User.answering().filter(pk=user.pk),
            person=user,
            roles=[role.value for role in roles],
        )
    return user, password


def start_over(user: User) -> str:
    """For a lost second factor: removes factors, password and sessions; returns a one-time password.

    The person at the keyboard must know who asks for it (ASVS 6.4.4).
    """
    with audit.change(by=None) as change:
        Authenticator.objects.filter(user=user).delete()
        password = one_time_password()
        user.set_password(password)
        user.one_time_password_until = change.at + ONE_TIME_PASSWORD_LIFE
        user.save(update_fields=["password", "one_time_password_until"])
        change.record(Action.FACTORS_RESET, subject=user, person=user)
    return password


def one_time_password() -> str:
    """Four groups of four characters, 80 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
