"""Periodic tasks of this package."""

from datetime import timedelta

from django.utils import timezone

from trustcenter.accounts.models import User
from trustcenter.work.clock import every

KEEP_UNPROVEN = timedelta(days=1)


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
