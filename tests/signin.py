"""Signing people in: a shortcut for most tests, and the real pages for the tests of sign-in."""

import re
import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.test import Client

from trustcenter.accounts.models import User
from trustcenter.work.models import Mail

PASSWORD = "violet kettle harbour"
CODE = re.compile(r"^ {4}([A-Z]{4}-[A-Z]{4})$", re.MULTILINE)


def staff_client(client: Client, user: User) -> Client:
    """Signs the client in as a member of staff with password and second factor.

    It writes the session as allauth does after both. test_second_factor.py checks that a real sign-in writes
    the same session, and what happens without it.
    """
    return with_proofs(client, user, "password", "mfa")


def with_proofs(client: Client, user: User, *methods: str) -> Client:
    """Signs the client in as `user` with exactly these methods: `code`, `password`, `mfa`."""
    client.force_login(user)
    session = client.session
    factor = Authenticator.objects.filter(user=user).first()
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": method, "at": time.time()} | ({"id": factor.pk} if factor and method == "mfa" else {})
        for method in methods
    ]
    session["account_authentication_methods_user"] = user.pk
    session.save()
    return client


def ask_for_code(client: Client, email: str, **extra: str):
    return client.post("/accounts/login/code/", {"email": email, **extra})


def mailed_code(email: str) -> str:
    """The code in the newest mail to that address."""
    found = CODE.search(Mail.objects.filter(to=email).first().body)
    assert found, "the mail has no code"
    return found[1]


def type_code(client: Client, code: str):
    return client.post("/accounts/login/code/confirm/", {"code": code})


def sign_in_by_code(client: Client, email: str):
    ask_for_code(client, email)
    return type_code(client, mailed_code(email))


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def give_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def give_app(user: User) -> Authenticator:
    """An authenticator app for the user, through allauth's own API."""
    return TOTP.activate(user, generate_totp_secret()).instance


def give_passkey(user: User) -> Authenticator:
    """Adds the row of a passkey without a device."""
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "The laptop", "credential": {}})


def app_code(user: User) -> str:
    """The current code of the user's authenticator app. At the end of a period, waits for the next code."""
    if time.time() % 30 > 27:
        time.sleep(30 - time.time() % 30)
    secret = decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def type_password(client: Client, email: str, password: str = PASSWORD, **extra: str):
    return client.post("/accounts/login/", {"login": email, "password": password, **extra})


def type_app_code(client: Client, code: str):
    return client.post("/accounts/2fa/authenticate/", {"code": code})
