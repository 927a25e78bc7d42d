"""How long each kind of personal data is kept. The settings say it, the clock of each room keeps to it, and the privacy
notice prints it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Kept(models.TextChoices):
    """A kind of data that the clock deletes. The value is the name of its setting, in days."""

    DRAFTS = "KEEP_DRAFTS_DAYS", _("Requests whose e-mail address nobody confirmed")
    MAILS = "KEEP_MAILS_DAYS", _("E-mails that we sent, with the address they went to")
    REFUSED = (
        "KEEP_REFUSED_DAYS",
        _(
            "What you wrote in a request that we denied or that you withdrew: your name, company, reason and answers. "
            "Invitations that you did not use"
        ),
    )
    SIGN_INS = (
        "KEEP_SIGN_INS_DAYS",
        _("Network addresses of sign-ins, which session opened a document, and which of its pages were read"),
    )
    EXPORTS = "KEEP_EXPORTS_DAYS", _("The file with your data that you asked for")
    FAILED_WORK = "KEEP_FAILED_WORK_DAYS", _("E-mails that could not be sent, and why")
    LISTED = "KEEP_LISTED_DAYS", _("Addresses that we allow or block, since somebody last said that we still need them")
    OBJECTIONS = "KEEP_OBJECTIONS_DAYS", _("Your objections to a subprocessor with our answers, since we answered")

    @property
    def days(self) -> int:
        found: int = getattr(settings, self.value)
        return found

    @property
    def least(self) -> int:
        """Fewer days would break something: a mail that waits, an inquiry, a file that nobody could fetch in time."""
        match self:
            case Kept.MAILS | Kept.REFUSED | Kept.SIGN_INS | Kept.FAILED_WORK | Kept.OBJECTIONS:
                return 7
            case _:
                return 1

    @property
    def most(self) -> int:
        """More days are hard to justify (GDPR, Article 5(1)(e))."""
        match self:
            case Kept.DRAFTS | Kept.EXPORTS:
                return 30
            case _:
                return 3 * 365

    def over(self, now: datetime | None = None) -> datetime:
        """What is older than this instant has been kept long enough."""
        return (now or timezone.now()) - timedelta(days=self.days)
