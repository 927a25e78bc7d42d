"""Mails colleagues before the clock of a duty runs out, and once it has run out."""

from datetime import datetime

from django.utils import timezone

from certifications.models import DutyClock
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.work.clock import every

MEET = "certifications.change_dutyclock"


@every(300)
def remind() -> int:
    """Mails everyone who may end a clock: when a quarter of its time is left, and when it has run out, once each.

    Returns how many clocks it mailed about. One that ran out while no worker ran is told as such, and not as due.
    """
    now = timezone.now()
    running = DutyClock.objects.filter(met_at=None, overdue_told_at=None, started_at__lte=now)
    return sum(_tell(clock, now) for clock in running.select_related("update") if clock.remind_at <= now)


def _tell(clock: DutyClock, now: datetime) -> bool:
    is_over = clock.due_at <= now
    # Of two workers one wins the row, and who has met the duty meanwhile is not reminded of it.
    rows = DutyClock.objects.filter(pk=clock.pk, met_at=None, overdue_told_at=None)
    with audit.change(by=None) as change:
        if is_over:
            won = rows.update(overdue_told_at=change.at)
        else:
            won = rows.filter(reminded_at=None).update(reminded_at=change.at)
        for colleague in User.objects.who_may(MEET).order_by("email") if won else ():
            change.mail("duty_due", to=colleague.email, context={"clock": clock, "is_over": is_over})
    return bool(won)
