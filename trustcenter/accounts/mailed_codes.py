"""Mailed codes that people type: each is counted and used once, in its row.

allauth keeps a code and the count of its tries in the session. There, parallel requests do not see each other: one code
signed in several times, and tries were lost. Here the session only names the row.
"""

from datetime import timedelta
from enum import Enum, StrEnum, auto

from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.core.internal.cryptokit import normalize_user_code
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from trustcenter.accounts.models import MailedCode

# In allauth's state of the process: the key of the row.
ROW = "mailed_code"


class Purpose(StrEnum):
    SIGN_IN = auto()
    RESET = auto()


class Answer(Enum):
    RIGHT = auto()
    WRONG = auto()
    USED = auto()
    # No tries left, expired, or unknown.
    OVER = auto()


def keep(process: AbstractCodeVerificationProcess, purpose: Purpose) -> None:
    """Moves the code that was just mailed from the session into its row.

    Another code in the same process shares the remaining tries and time of the one before. Both work until one of them is
    used, because mails arrive late and in any order. An address without a
    code has a row too, which no code matches: tries are counted in the same way, so the answers do not differ.
    """
    session = process.request.session
    if not session.session_key:
        session.save()
    code = process.state.pop("code", "")
    digest = _digest(process, purpose, code if code and process.user else get_random_string(32))
    if ROW in process.state:
        MailedCode.objects.filter(pk=process.state[ROW]).update(former_digest=F("digest"), digest=digest)
    else:
        row = MailedCode.objects.create(
            digest=digest,
            tries_left=process.max_attempts,
            expires_at=timezone.now() + timedelta(seconds=process.timeout),
        )
        process.state[ROW] = row.pk
    process.persist()


def attempt(process: AbstractCodeVerificationProcess, purpose: Purpose, typed: str) -> Answer:
    """Checks a typed code. Returns RIGHT once for a code; each WRONG uses one of its tries."""
    rows = MailedCode.objects.filter(pk=process.state.get(ROW))
    row = rows.first()
    if row is None:
        return Answer.OVER
    now = timezone.now()
    digest = _digest(process, purpose, typed)
    right = constant_time_compare(row.digest, digest) | constant_time_compare(row.former_digest, digest)
    # One statement checks the code, counts the try and uses the code, so one of many concurrent requests wins.
    usable = rows.filter(tries_left__gt=0, used_at=None, expires_at__gt=now)
    taken = usable.update(tries_left=F("tries_left") - 1, used_at=now if right else None)
    if taken and right:
        return Answer.RIGHT
    row = rows.first()
    if row is None or row.used_at:
        return Answer.USED
    if not taken:
        return Answer.OVER
    # allauth adds this try to its own count, which decides what the page says.
    process.state["failed_attempts"] = process.max_attempts - row.tries_left - 1
    return Answer.WRONG


def spend(process: AbstractCodeVerificationProcess) -> bool:
    """Deletes a used code, which allows one new password. Returns False if it is already deleted."""
    return MailedCode.objects.filter(pk=process.state.get(ROW), used_at__isnull=False).delete()[0] == 1


def _digest(process: AbstractCodeVerificationProcess, purpose: Purpose, code: str) -> str:
    request: HttpRequest = process.request
    bound = (purpose.value, request.session.session_key, process.state["email"], normalize_user_code(code))
    return salted_hmac("trustcenter mailed code", repr(bound), algorithm="sha256").hexdigest()
