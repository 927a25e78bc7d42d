"""What a session has proven, read from the list of proofs that allauth keeps in it."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest
from django.utils.translation import gettext as _

from trustcenter.accounts.models import User

Proof = dict[str, Any]


def proofs(request: HttpRequest, user: User) -> list[Proof]:
    """What this session proved for this user, in order."""
    records: list[Proof] = get_authentication_records(request, user)
    return records


def by_passkey(proven: list[Proof]) -> bool:
    """A passkey is something one has, and its device asked for a PIN or a finger: both factors at once."""
    return any(proof["method"] == "mfa" and proof.get("passwordless") for proof in proven)


def by_password(proven: list[Proof]) -> bool:
    return any(proof["method"] == "password" for proof in proven)


def by_second_factor(proven: list[Proof]) -> bool:
    return any(proof["method"] == "mfa" for proof in proven)


def by_code(proven: list[Proof]) -> bool:
    return any(proof["method"] == "code" for proof in proven)


def enough_for_staff(proven: list[Proof]) -> bool:
    """Password and second factor, or a passkey. A mailed code counts for nothing here."""
    return by_passkey(proven) or (by_password(proven) and by_second_factor(proven))


def words(proven: list[Proof]) -> str:
    """How the log names a way of signing in."""
    if by_passkey(proven):
        return _("a passkey")
    if by_code(proven) and not by_password(proven):
        return _("a mailed code")
    second = next((factor_words(proof.get("type", "")) for proof in reversed(proven) if proof["method"] == "mfa"), "")
    return _("a password and %(second)s") % {"second": second} if second else _("a password")


def factor_words(type: str) -> str:
    match type:
        case "totp":
            return _("an authenticator app")
        case "webauthn":
            return _("a passkey")
        case "recovery_codes":
            return _("recovery codes")
    return type
