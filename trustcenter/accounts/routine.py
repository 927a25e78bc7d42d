"""Periodic tasks of this package."""

from datetime import timedelta

from django.utils import timezone

from trustcenter.accounts.listed import flows
from trustcenter.accounts.models import MailedCode, User
from trustcenter.work.clock import every

KEEP_UNPROVEN = timedelta(days=1)
# A used code allows a new password for ten more minutes.
KEEP_CODES = timedelta(hours=1)


@every(seconds=3600)
def forget_unproven() -> int:
    """Deletes people whose address was entered but not proven within a day; returns how many.

    No request refers to them: a request gets its requester when the mailbox is proven.
    """
    unproven = User.objects.filter(
        is_staff=False,
        last_login=None,
        emailaddress__verified=False,
        created_at__lt=timezone.now() - KEEP_UNPROVEN,
    )
    return len([user.delete() for user in unproven.distinct()])


@every(seconds=3600)
def forget_listed() -> int:
    """Removes addresses from the list of which nobody said for `KEEP_LISTED_DAYS` that they are needed; returns how many."""
    return flows.warn_and_forget()


@every(seconds=3600)
def forget_codes() -> int:
    """Deletes mailed codes, used or not, an hour after they expired; returns how many."""
    return MailedCode.objects.filter(expires_at__lt=timezone.now() - KEEP_CODES).delete()[0]
