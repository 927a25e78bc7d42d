"""Records sign-ins, sign-outs and changes of factors in the audit log, each in its own transaction."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import (
    login_code_rejected,
    password_changed,
    password_reset,
    password_reset_code_rejected,
)
from allauth.account.signals import user_logged_in as signed_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from trustcenter import audit
from trustcenter.accounts import factors, failures
from trustcenter.accounts.factors import Method
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.web.client import client_address


def note(action: Action, request: HttpRequest, actor: User, **words: Any) -> None:
    with audit.change(by=actor) as change:
        change.record(action, subject=actor, address=client_address(request), **words)


@receiver(signed_in)
def on_signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    with audit.change(by=user) as change:
        # Only now, and never for staff: otherwise a row that somebody forged would be recorded with its first sign-in.
        unknown = User.objects.filter(pk=user.pk, proven_at=None, is_staff=False, is_superuser=False)
        first = unknown.update(proven_at=change.at)
        change.record(
            Action.SIGNED_IN,
            subject=user,
            changed=User.answering().filter(pk=user.pk) if first else (),
            address=client_address(request),
            method=factors.methods(factors.proofs(request, user)),
        )


@receiver(user_logged_out)
def on_signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        note(Action.SIGNED_OUT, request, user)


@receiver(login_code_rejected)
@receiver(password_reset_code_rejected)
def on_code_rejected(request: HttpRequest, user: User, **kwargs: Any) -> None:
    failures.record(request, email=user.email, method=Method.CODE)


@receiver(authentication_failed)
def on_factor_failed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    failures.record(request, email=user.email, method=Method.of_factor(authenticator.type))


@receiver(authenticator_added)
def on_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        # Adding a factor takes a code or a touch from it, so this session has proven it.
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    note(Action.FACTOR_ADDED, request, user, method=Method.of_factor(authenticator.type).value)


@receiver(password_changed)
@receiver(password_reset)
def on_own_password(request: HttpRequest, user: User, **kwargs: Any) -> None:
    with audit.change(by=user) as change:
        User.objects.filter(pk=user.pk).update(one_time_password_until=None)
        change.record(Action.PASSWORD_CHANGED, subject=user, address=client_address(request))
