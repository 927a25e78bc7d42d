"""The mail server: hands a mail over, and says what its answer means."""

import re
from collections.abc import Iterable
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from django.core.mail import EmailMessage
from django.utils.translation import gettext

from trustcenter.work.queue import GiveUp, Unavailable

# SMTP answers from here on say "never", those below "later" (RFC 5321, 4.2.1).
PERMANENT = 500
# The code of an answer of the mail server: as we write it, or as smtplib does.
ANSWER = re.compile(r"(?:^|\()([45]\d\d)[ ,]")


def send(message: EmailMessage) -> None:
    """Hands one mail over. Raises `Unavailable` if the server does not answer, and `GiveUp` if it never takes this mail."""
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        answers = error.recipients.values()
        if all(code >= PERMANENT for code, _text in answers):
            raise GiveUp(_words(answers)) from error
        raise
    except SMTPResponseException as error:
        # About this mail, unlike a refused connection or sign-in.
        if isinstance(error, SMTPDataError | SMTPSenderRefused):
            raise
        raise Unavailable(str(error)) from error
    except OSError as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


def _words(answers: Iterable[tuple[int, bytes]]) -> str:
    return "; ".join(f"{code} {text.decode(errors='replace')}" for code, text in answers)


def why(error: str) -> str:
    """What an answer of the mail server means for staff."""
    code = ANSWER.search(error)
    if code is None:
        return gettext("The mail server could not be reached.")
    if int(code[1]) >= PERMANENT:
        return gettext(
            "The mail server has permanently refused this e-mail. Check the address, or tell the person in another way."
        )
    return gettext("The mail server asks us to try again later.")
