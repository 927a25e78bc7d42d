"""Starts a dry run of the draft."""

from typing import Any

from ndaflow.rules import policy, tasks
from ndaflow.rules.flows import drafting
from ndaflow.rules.models import WRITE, DryRun
from ndaflow.rules.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.text import canonical, digest

DAYS = (30, 90, 365)


def try_draft(*, by: User, days: int = 90) -> DryRun:
    """Runs the draft over the requests of the last `days` in a task. It decides nothing."""

    if not by.has_perm(WRITE):
        raise FlowError(Refusal.NOT_ALLOWED)
    with audit.change(by=by) as change:
        # As the page shows it: before anybody has changed a rule, that is the version in force.
        rules = drafting.current().rules
        run = DryRun.objects.create(
            rules=policy.as_data(policy.read(rules)),
            digest=digest_of(rules),
            days=days if days in DAYS else 90,
            asked_by=by,
            asked_at=change.at,
        )
        # Findings are many, and only the last ones are looked at.
        DryRun.objects.filter(pk__in=DryRun.objects.order_by("-asked_at").values_list("pk", flat=True)[10:]).delete()
        change.task(tasks.dry_run, run.pk)
    return run


def digest_of(rules: Any) -> str:
    """What identifies a list of rules, however its JSON is written."""
    return digest(canonical({"rules": policy.as_data(policy.read(rules))}))
