"""The staff of the demo. They sign in as real staff do: a password, then the current code, shown at /mailbox/."""

import time
from dataclasses import dataclass

from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.utils.crypto import salted_hmac

from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role


@dataclass(frozen=True)
class Colleague:
    email: str
    name: str
    roles: tuple[Role, ...]

    @property
    def password(self) -> str:
        """Derived from the secret key of this installation, so that it is in no source file and no other demo."""
        digits = salted_hmac("trustcenter demo staff", self.email, algorithm="sha256").hexdigest()
        return "-".join(digits[start : start + 4] for start in (0, 4, 8))


COLLEAGUES = (
    Colleague("ada@trust.example", "Ada Approver", (Role.ADMINISTRATOR, Role.APPROVER)),
    Colleague("ben@trust.example", "Ben Approver", (Role.APPROVER,)),
    Colleague("sal@trust.example", "Sal Sales", (Role.SALES,)),
    Colleague("edda@trust.example", "Edda Editor", (Role.EDITOR,)),
    Colleague("lena@trust.example", "Lena Legal", (Role.LEGAL,)),
    Colleague("iris@trust.example", "Iris Auditor", (Role.AUDITOR,)),
)


def create_staff() -> list[User]:
    """Creates the missing ones of the colleagues, each with a password and an authenticator app.

    Raises RuntimeError outside demo mode.
    """
    if not settings.DEMO:
        raise RuntimeError("Demo staff are made in demo mode only.")
    people = []
    for colleague in COLLEAGUES:
        user = User.objects.filter(email=colleague.email, is_staff=True).first()
        if user is None:
            user, _password = staff.add(
                colleague.email, name=colleague.name, roles=colleague.roles, password=colleague.password
            )
        if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
            TOTP.activate(user, generate_totp_secret())
        people.append(user)
    return people


def current_code(user: User) -> str:
    """What the user's authenticator app shows now (RFC 6238), read from the same row that sign-in checks."""
    app = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    counter = int(time.time()) // mfa_settings.TOTP_PERIOD
    return str(format_hotp_value(hotp_value(decrypt(app.data["secret"]), counter)))


def seconds_left() -> int:
    """How many seconds the current code still works."""
    period: int = mfa_settings.TOTP_PERIOD
    return period - int(time.time()) % period
