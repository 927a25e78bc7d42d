"""The one switch of all rules, and their daily limit."""

from ndaflow.rules.models import WRITE, RuleControl, RuleVersion
from ndaflow.rules.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

MOST_A_DAY = 1000


def switch_on(*, by: User) -> RuleControl:
    """Lets the version in force decide, from the next request on."""
    with audit.change(by=by) as change:
        control = _control(by)
        if control.is_on:
            raise FlowError(Refusal.ON)
        if RuleVersion.in_force() is None:
            raise FlowError(Refusal.NO_VERSION)
        control.is_on, control.reason = True, ""
        _save(change, control, by)
        change.record(Action.RULES_SWITCHED_ON, limit=control.daily_limit)
    return control


def switch_off(*, by: User, reason: str) -> RuleControl:
    """Stops all rules at once. What they decided stays."""
    with audit.change(by=by) as change:
        control = _control(by)
        if not control.is_on:
            raise FlowError(Refusal.OFF)
        reason = checked.lines(reason)
        if not reason:
            raise FlowError(Refusal.NO_REASON)
        control.is_on, control.reason = False, reason
        _save(change, control, by)
        change.record(Action.RULES_SWITCHED_OFF, reason=reason)
    return control


def limit(*, by: User, daily_limit: int | None) -> RuleControl:
    """Changes how many requests a day rules may decide."""
    with audit.change(by=by) as change:
        control = _control(by)
        if daily_limit is None or not 1 <= daily_limit <= MOST_A_DAY:
            raise FlowError(Refusal.BAD_LIMIT, most=f"{MOST_A_DAY:,}")
        before, control.daily_limit = control.daily_limit, daily_limit
        _save(change, control, by)
        change.record(Action.RULES_LIMITED, before=before, limit=daily_limit)
    return control


def _control(by: User) -> RuleControl:
    control = RuleControl.locked()
    if not by.has_perm(WRITE):
        raise FlowError(Refusal.NOT_ALLOWED)
    return control


def _save(change: Change, control: RuleControl, by: User) -> None:
    control.changed_by, control.changed_at = by, change.at
    control.save()
