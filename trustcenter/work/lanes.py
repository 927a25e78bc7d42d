"""The lanes of background work. Each has a thread of its own, so slow work of one kind never delays another kind."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HOUR = timedelta(hours=1)
MAIL_SERVER = "mail server"


class Lane(StrEnum):
    """The value is the name of the queue in Django's task interface."""

    # Somebody waits at a form for these mails.
    CODES = "codes"
    MAIL = "mail"
    SEALING = "sealing"
    DOCUMENTS = "documents"
    TRACES = "traces"
    CHAT = "chat"
    RULES = "rules"

    @property
    def rules(self) -> "Rules":
        return RULES[self]


@dataclass(frozen=True)
class Rules:
    """How long one task of a lane may run, and how often and when a task that fails is tried again."""

    label: str | Promise
    limit: timedelta
    tries: int
    first_pause: timedelta
    longest_pause: timedelta = HOUR
    # What every task of the lane needs. When it does not answer, all lanes that need it pause.
    service: str = ""

    def pause(self, tries: int) -> timedelta:
        """How long a task waits after it has failed so many times: each time four times as long."""
        return min(self.first_pause * int(4 ** min(tries - 1, 10)), self.longest_pause)


# A server that restarts is back before the second try, one that is repaired before the last: 30 s, 2, 8, 32 min.
FEW: dict[str, Any] = {"limit": timedelta(minutes=4), "tries": 5, "first_pause": timedelta(seconds=30)}
RULES = {
    # A code is worthless after ten minutes, and is not sent then (`mail.hand_over`).
    Lane.CODES: Rules(
        _("Sign-in codes"),
        limit=timedelta(minutes=1),
        tries=30,
        first_pause=timedelta(seconds=5),
        longest_pause=timedelta(seconds=30),
        service=MAIL_SERVER,
    ),
    # 30 s, 2, 8, 32 min, then every hour: a day in all, because mail servers may answer "later" for hours.
    Lane.MAIL: Rules(
        _("Other e-mail"),
        limit=timedelta(minutes=2),
        tries=28,
        first_pause=timedelta(seconds=30),
        service=MAIL_SERVER,
    ),
    Lane.SEALING: Rules(_("Sealing agreements"), **FEW),
    Lane.DOCUMENTS: Rules(_("Checking documents"), **FEW),
    Lane.TRACES: Rules(_("Tracing copies"), **FEW),
    Lane.CHAT: Rules(_("Messages to chat channels"), **FEW),
    Lane.RULES: Rules(_("Deciding by rules"), **FEW),
}
# A time to try again that is later than this was written while the clock was wrong.
LATEST = 2 * HOUR
