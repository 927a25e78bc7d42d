"""What a session has proven, from the list of proofs that allauth keeps in it, and which second factors people have."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from trustcenter.accounts.models import User
from trustcenter.audit import words as words_of_log

Proof = dict[str, Any]


class Method(models.TextChoices):
    """A method of authentication. The log keeps the value."""

    CODE = "code", _lazy("a code sent by e-mail")
    PASSWORD = "password", _lazy("a password")
    APP = "totp", _lazy("an authenticator app")
    PASSKEY = "webauthn", _lazy("a passkey")
    RECOVERY = "recovery_codes", _lazy("recovery codes")

    @classmethod
    def of_factor(cls, type: str) -> "Method":
        """The method of a kind of second factor, as allauth names it. Raises ValueError for an unknown one."""
        return cls(type)


words_of_log.register("method", dict(Method.choices))


def proofs(request: HttpRequest, user: User) -> list[Proof]:
    """What this session proved for this user, in order."""
    records: list[Proof] = get_authentication_records(request, user)
    return records


def by_passkey(proven: list[Proof]) -> bool:
    """Whether a passkey was used alone. Its device asked for a PIN or a finger, so it is both factors."""
    return any(proof["method"] == "mfa" and proof.get("passwordless") for proof in proven)


def by_password(proven: list[Proof]) -> bool:
    return any(proof["method"] == "password" for proof in proven)


def by_second_factor(proven: list[Proof]) -> bool:
    return any(proof["method"] == "mfa" for proof in proven)


def by_code(proven: list[Proof]) -> bool:
    return any(proof["method"] == "code" for proof in proven)


def enough_for_staff(proven: list[Proof]) -> bool:
    """A password and a second factor, or a passkey. A mailed code is not enough."""
    return by_passkey(proven) or (by_password(proven) and by_second_factor(proven))


def may_enrol(proven: list[Proof], user: User) -> bool:
    """Whether this session may add a second factor.

    It has to have proven one that the person still has. The first takes a one-time password from an administrator: a
    password that was guessed or stolen must not become both factors.
    """
    here = set(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    if here:
        return any(proof["method"] == "mfa" and proof.get("id") in here for proof in proven)
    until = user.one_time_password_until
    return by_password(proven) and until is not None and until > timezone.now()


def is_last(factor: Authenticator) -> bool:
    """Whether the person has no second factor but this one. Recovery codes only stand in for one."""
    others = Authenticator.objects.filter(user=factor.user_id).exclude(pk=factor.pk)
    return not others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def methods(proven: list[Proof]) -> list[str]:
    """How somebody signed in, as codes of `Method` for the log."""
    if by_passkey(proven):
        return [Method.PASSKEY.value]
    if by_code(proven) and not by_password(proven):
        return [Method.CODE.value]
    second = [proof.get("type", "") for proof in proven if proof["method"] == "mfa"]
    return [Method.PASSWORD.value, *(Method.of_factor(type).value for type in second[-1:])]


def words(proven: list[Proof]) -> str:
    """How somebody signed in, for people to read."""
    first, *second = [str(Method(code).label) for code in methods(proven)]
    return _("%(first)s and %(second)s") % {"first": first, "second": second[0]} if second else first
