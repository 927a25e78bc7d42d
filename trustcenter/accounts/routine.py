"""What the clock asks for in this package."""

from datetime import timedelta

from django.utils import timezone

from trustcenter.accounts.models import User
from trustcenter.work.clock import every

KEEP_UNPROVEN = timedelta(days=1)


@every(seconds=3600)
def forget_unproven() -> int:
    """Deletes people whose address was typed but never proven within a day; answers how many.

    Nothing hangs on them yet: a request gets its requester with the proof.
    """
    unproven = User.objects.filter(
        is_staff=False,
        last_login=None,
        emailaddress__verified=False,
        created_at__lt=timezone.now() - KEEP_UNPROVEN,
    )
    return len([user.delete() for user in unproven.distinct()])
