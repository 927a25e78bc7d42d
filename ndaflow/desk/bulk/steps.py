"""The same step on several requests. Each is a change of its own, so one that fails takes nothing from the others.

Approving several at once is not offered: every document gets its own decision, and what needs no look is for a rule.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Refusal
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError

# A page shows fewer.
MOST = 100


class Act(models.TextChoices):
    """What can be done with several requests."""

    ASSIGN = "assign", _("Give to a colleague")
    ASK = "ask", _("Ask a question")
    DENY = "deny", _("Deny")


@dataclass(frozen=True)
class Failure:
    """A request that was left as it is, and why."""

    request: AccessRequest
    reason: str


@dataclass
class Result:
    """What became of the selected requests."""

    done: list[AccessRequest] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


def picked(values: Iterable[str]) -> list[AccessRequest]:
    """The requests that were selected, each with the step that the page showed; in their order. Others are left out.

    A value is an id and a step: `9a2m….4`. A request that moved on since then keeps the old step, so its flow refuses.
    """
    steps = {}
    for value in list(values)[:MOST]:
        id, _dot, step = value.partition(".")
        if step.isdecimal() and len(step) < 10:
            steps[id] = int(step)
    rows = AccessRequest.objects.exclude(status=RequestStatus.DRAFT).prefetch_related("documents")
    found = {row.pk: row for row in rows.select_related("requester__company", "owner").filter(pk__in=steps)}
    for id, row in found.items():
        row.step = steps[id]
    return [found[id] for id in steps if id in found]


def assign(requests: Sequence[AccessRequest], *, by: User, to: User | None) -> Result:
    """Gives each to a colleague, or to nobody."""
    return _each(requests, lambda one: flows.assign(one, by=by, to=to))


def ask(requests: Sequence[AccessRequest], *, by: User, text: str) -> Result:
    """Asks each requester the same question."""
    return _each(requests, lambda one: flows.ask_question(one, by=by, text=text))


def deny(requests: Sequence[AccessRequest], *, by: User, reason: str) -> Result:
    """Denies what is undecided in each, with the same reason."""

    def step(one: AccessRequest) -> AccessRequest:
        undecided = one.items.filter(outcome=RequestedDocument.Outcome.PENDING).exclude(decisions__decided_by=by)
        if one.status == RequestStatus.OPEN and not undecided.exists():
            raise FlowError(Refusal.NOTHING_LEFT)
        return flows.deny(one, by=by, reason=reason)

    return _each(requests, step)


def _each(requests: Sequence[AccessRequest], step: Callable[[AccessRequest], AccessRequest]) -> Result:
    result = Result()
    for one in requests:
        try:
            result.done.append(step(one))
        except FlowError as refusal:
            result.failed.append(Failure(one, str(refusal)))
    return result
