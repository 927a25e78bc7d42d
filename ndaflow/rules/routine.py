"""Scheduled work: a mail in the morning about what rules did the day before."""

from collections import Counter
from datetime import datetime, timedelta

from django.utils import timezone

from ndaflow.requests.models import Decision
from ndaflow.rules.flows.deciding import midnight
from ndaflow.rules.models import WRITE, RuleControl
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.work.clock import every

# The hour of the day, in the time zone of the site, from which it is morning.
MORNING = 7
MOST_LISTED = 50


@every(600)
def tell_administrators() -> None:
    tell(timezone.now())


def tell(now: datetime) -> None:
    """Mails what rules decided since the last such mail, or since yesterday; once, and only if there is something."""
    today = midnight(now)
    told = RuleControl.now().told_until
    if timezone.localtime(now).hour < MORNING or (told is not None and told >= today):
        return
    with audit.change(by=None) as change:
        control = RuleControl.locked()
        since = control.told_until or midnight(today - timedelta(hours=1))
        if since >= today:
            # Another worker was first.
            return
        control.told_until = today
        control.save(update_fields=["told_until"])
        made = Decision.objects.filter(decided_by=None, decided_at__gte=since, decided_at__lt=today)
        made = made.select_related("item__document", "item__request", "rule_version").order_by("decided_at")
        if not made:
            return
        counts = Counter(decision.verdict for decision in made)
        context = {
            "decisions": list(made[:MOST_LISTED]),
            "more": max(0, len(made) - MOST_LISTED),
            "decided": len(made),
            "approved": counts[Decision.Verdict.APPROVE],
            "denied": counts[Decision.Verdict.DENY],
        }
        for administrator in User.objects.who_may(WRITE):
            change.mail("rules_yesterday", to=administrator.email, context=context)
