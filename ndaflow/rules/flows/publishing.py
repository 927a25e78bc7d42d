"""A draft becomes the version in force."""

from ndaflow.rules import catalogue, flaws, policy
from ndaflow.rules.checking import problems
from ndaflow.rules.flows.trying import digest_of
from ndaflow.rules.models import WRITE, DryRun, RuleControl, RuleDraft, RuleVersion
from ndaflow.rules.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action


def publish(*, by: User, step: int, why: str) -> RuleVersion:
    """Publishes the draft as it was shown at `step`. From now on it decides, if the rules are switched on.

    A dry run of exactly these rules has to be finished.
    """
    known = catalogue.read()
    with audit.change(by=by) as change:
        # No rule decides while another version comes into force.
        RuleControl.locked()
        if not by.has_perm(WRITE):
            raise FlowError(Refusal.NOT_ALLOWED)
        draft = RuleDraft.objects.select_for_update(of=("self",), no_key=True).filter(pk=1).first()
        if draft is None or draft.step != step:
            raise FlowError(Refusal.CHANGED)
        rules = policy.read(draft.rules)
        if found := problems(rules, known.known):
            raise FlowError(Refusal.FLAWED, problem=flaws.problem(found[0]))
        former = RuleVersion.in_force()
        if former is not None and former.rules == policy.as_data(rules):
            raise FlowError(Refusal.NO_CHANGE)
        if not DryRun.objects.filter(digest=digest_of(draft.rules), finished_at__isnull=False).exists():
            raise FlowError(Refusal.NO_DRY_RUN)
        why = checked.lines(why)
        if not why:
            raise FlowError(Refusal.NO_WHY)
        version = RuleVersion.objects.create(
            number=former.number + 1 if former else 1,
            rules=policy.as_data(rules),
            why=why,
            published_by=by,
            published_at=change.at,
        )
        change.record(
            Action.RULES_PUBLISHED,
            subject=version,
            changed=[version],
            version=version.number,
            why=why,
            rules=version.rules,
        )
    return version
