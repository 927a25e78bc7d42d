"""The draft of the rules. Nothing that a person typed is lost: a draft may be wrong, and publishing checks it."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from ndaflow.rules.checking import MOST_RULES
from ndaflow.rules.models import WRITE, RuleDraft, RuleVersion
from ndaflow.rules.refusals import Refusal
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError

Rules = list[dict[str, Any]]


def current() -> RuleDraft:
    """The draft as it is; without one, the version in force, to begin with."""
    draft = RuleDraft.objects.select_related("changed_by").filter(pk=1).first()
    if draft is not None:
        return draft
    version = RuleVersion.in_force()
    return RuleDraft(rules=version.rules if version else [])


def edit(*, by: User, step: int, to: Callable[[Rules], Rules]) -> RuleDraft:
    """Changes the draft as it was shown at `step`. Raises FlowError if somebody else has changed it since."""
    with transaction.atomic():
        draft = _locked(by, step)
        rules = to(draft.rules)
        if len(rules) > MOST_RULES:
            raise FlowError(Refusal.TOO_MANY, most=str(MOST_RULES))
        draft.rules = rules
        return _saved(draft, by)


def discard(*, by: User, step: int) -> RuleDraft:
    """Begins the draft again with the version in force."""
    version = RuleVersion.in_force()
    return draft_of(version, by=by, step=step)


def draft_of(version: RuleVersion | None, *, by: User, step: int) -> RuleDraft:
    """Makes a draft of a version; of None, an empty one. Raises FlowError if somebody has changed the draft since `step`."""
    with transaction.atomic():
        draft = _locked(by, step)
        draft.rules = version.rules if version else []
        return _saved(draft, by)


def _locked(by: User, step: int) -> RuleDraft:
    """The draft as it was shown at `step`, locked until commit."""
    if not by.has_perm(WRITE):
        raise FlowError(Refusal.NOT_ALLOWED)
    begun = {"rules": current().rules}
    rows = RuleDraft.objects.select_for_update(of=("self",), no_key=True)
    draft = rows.get_or_create(pk=1, defaults=begun)[0]
    if draft.step != step:
        raise FlowError(Refusal.CHANGED)
    return draft


def _saved(draft: RuleDraft, by: User) -> RuleDraft:
    draft.step += 1
    draft.changed_by, draft.changed_at = by, timezone.now()
    draft.save()
    return draft
