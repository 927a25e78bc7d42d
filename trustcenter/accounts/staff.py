"""The steps by which people join the staff, get other roles, lose their account, or start over with signing in.

The desk's pages and `manage.py staff` take the same steps; `by` is None on the command line. A one-time password is
returned to the administrator, never mailed: it also adds the first second factor, so with it a mailbox alone would be
enough to become that colleague. The mail says only who did it and whom to ask.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group

from trustcenter import audit
from trustcenter.accounts.addresses import canonical
from trustcenter.accounts.models import User
from trustcenter.accounts.refusals import Refusal
from trustcenter.accounts.roles import Role
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.web.typed import line

MANAGE = "accounts.change_user"
ONE_TIME_PASSWORD_LIFE = timedelta(hours=24)
# Without 0, 1, l and o, because it is read aloud and typed.
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"


def add(
    email: str, *, name: str, roles: Iterable[Role], by: User | None = None, password: str | None = None
) -> tuple[User, str]:
    """Makes a person staff with exactly these roles; returns the person and the password.

    Without `password` it is a random one (80 bits) that works for a day and is replaced at first use. A known person
    keeps the history and loses the old password and sessions. On the command line, a colleague can be added again.
    Raises FlowError, and ValidationError for what is no address or no name.
    """
    email, name, chosen = canonical(email), line(name), _chosen(roles)
    with _step(by) as change:
        user = User.objects.get_or_create(email=email)[0]
        user = _other(user, by)
        if by is not None and user.is_staff:
            raise FlowError(Refusal.STAFF_BEFORE, email=email)
        user.name = name or user.name
        user.is_staff = user.is_active = True
        user.proven_at = user.proven_at or change.at
        user.one_time_password_until = None if password else change.at + ONE_TIME_PASSWORD_LIFE
        one_time, password = not password, password or one_time_password()
        user.set_password(password)
        user.save()
        user.groups.set(Group.objects.filter(name__in=chosen))
        # An administrator confirms the address; staff sign in with a password and a second factor.
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
        change.record(
            Action.STAFF_ADDED,
            subject=user,
            changed=User.answering().filter(pk=user.pk),
            person=user,
            roles=chosen,
        )
        if one_time:
            roles_in_words = [Role(role).label for role in chosen]
            change.mail("staff_added", to=email, context={"person": user, "by": by, "roles": roles_in_words})
    return user, password


def change_roles(user: User, roles: Iterable[Role], *, seen: Sequence[str], by: User) -> None:
    """Gives a colleague exactly these roles. `seen` are the roles that the page showed: nobody undoes a change unread."""
    chosen = _chosen(roles)
    with _step(by) as change:
        user = _other(user, by)
        if not user.is_staff:
            raise FlowError(Refusal.NOT_STAFF)
        now = _roles_of(user)
        if sorted(seen) != now:
            raise FlowError(Refusal.CHANGED_MEANWHILE)
        if chosen != now:
            user.groups.set(Group.objects.filter(name__in=chosen))
            _record_account(change, user)


def close(user: User, *, by: User) -> None:
    """Closes an account. Its sessions end, and do not come back when it is opened again, because the password goes too."""
    with _step(by) as change:
        user = _other(user, by)
        if user.is_active:
            user.is_active, user.one_time_password_until = False, None
            user.set_unusable_password()
            user.save(update_fields=["is_active", "one_time_password_until", "password"])
            _record_account(change, user)


def reopen(user: User, *, by: User) -> None:
    """Opens a closed account again, with the roles and second factors that it had."""
    with _step(by) as change:
        user = _other(user, by)
        if not user.is_active:
            user.is_active = True
            user.save(update_fields=["is_active"])
            _record_account(change, user)


def start_over(user: User, *, by: User | None = None) -> str:
    """For a lost second factor: removes factors, password and sessions; returns a one-time password.

    The administrator must know who asks for it (ASVS 6.4.4). A mail tells the colleague, who may not have asked.
    """
    with _step(by) as change:
        user = _other(user, by)
        if not user.is_staff or not user.is_active:
            raise FlowError(Refusal.NOT_STAFF)
        Authenticator.objects.filter(user=user).delete()
        password = one_time_password()
        user.set_password(password)
        user.one_time_password_until = change.at + ONE_TIME_PASSWORD_LIFE
        user.save(update_fields=["password", "one_time_password_until"])
        change.record(Action.FACTORS_RESET, subject=user, person=user)
        change.mail("sign_in_reset", to=user.email, context={"person": user, "by": by, "at": change.at})
    return password


def one_time_password() -> str:
    """Four groups of four characters, 80 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


@contextmanager
def _step(by: User | None) -> Iterator[audit.Change]:
    """A change by somebody who may make it now. It leaves an administrator if there was one."""
    with audit.change(by=by) as change:
        # One at a time: of two administrators who remove each other at once, the second is none any more.
        Group.objects.select_for_update(no_key=True).get(name=Role.ADMINISTRATOR)
        if by is not None and not _may_still(by):
            raise FlowError(Refusal.NOT_ADMINISTRATOR)
        administrators = User.objects.who_may(MANAGE)
        had_one = administrators.exists()
        yield change
        if had_one and not administrators.exists():
            raise FlowError(Refusal.LAST_ADMINISTRATOR)


def _may_still(by: User) -> bool:
    """Whether the person may still change people, and their session has not ended since the page was asked for."""
    now = User.objects.filter(pk=by.pk, is_active=True).first()
    return now is not None and now.has_perm(MANAGE) and now.get_session_auth_hash() == by.get_session_auth_hash()


def _other(user: User, by: User | None) -> User:
    """The person's row, locked. Nobody may be locked out, or get more rights, by a step of their own."""
    if by is not None and user.pk == by.pk:
        raise FlowError(Refusal.OWN_ACCOUNT)
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _chosen(roles: Iterable[Role]) -> list[str]:
    chosen = sorted({role.value for role in roles})
    if not chosen:
        raise FlowError(Refusal.NO_ROLE)
    return chosen


def _roles_of(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def _record_account(change: audit.Change, user: User) -> None:
    change.record(
        Action.ACCOUNT_CHANGED,
        subject=user,
        changed=User.answering().filter(pk=user.pk),
        person=user,
        account="open" if user.is_active else "closed",
        roles=_roles_of(user),
    )
