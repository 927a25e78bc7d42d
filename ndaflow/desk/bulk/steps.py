"""The same step on several requests. Each is a change of its own, so one that fails takes nothing from the others.

Approving several at once is not offered: every document gets its own decision, and what needs no look is for a rule.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from documents.models import AccessGrant
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.work import ids

# A page shows fewer.
MOST = 100


class Act(models.TextChoices):
    """What can be done with several requests."""

    ASSIGN = "assign", _("Assign to a colleague")
    ASK = "ask", _("Ask a question")
    DENY = "deny", _("Deny")
    EXTEND = "extend", _("Extend access")

    def heading(self, n: int) -> str:
        """What the page that asks for the words is about."""
        match self:
            case Act.DENY:
                words = ngettext("Deny %(n)s request", "Deny %(n)s requests", n)
            case Act.EXTEND:
                words = ngettext("Extend the access of %(n)s request", "Extend the access of %(n)s requests", n)
            case _:
                words = ngettext("Ask about %(n)s request", "Ask about %(n)s requests", n)
        return words % {"n": n}

    @property
    def what_happens(self) -> str:
        match self:
            case Act.DENY:
                return gettext("This denies every document that is still undecided. Each person reads the same reason.")
            case Act.EXTEND:
                return gettext(
                    "What is open through these requests stays open longer. Each person is told the new end."
                )
            case _:
                return gettext("Each person gets the same question, and each request waits for its own answer.")


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

    A value is an id, a step and the owner's id, or none: `9a2m….4.7c1k…`. A request that moved on since then keeps the
    old step, so its flow refuses.
    """
    steps = {}
    for value in list(values)[:MOST]:
        id, step, _owner = _parts(value)
        if step.isdecimal() and len(step) < 10:
            steps[id] = int(step)
    rows = AccessRequest.objects.exclude(status=RequestStatus.DRAFT).prefetch_related("documents")
    found = {row.pk: row for row in rows.select_related("requester__company", "owner").filter(pk__in=steps)}
    for id, row in found.items():
        row.step = steps[id]
    return [found[id] for id in steps if id in found]


def owners(values: Iterable[str]) -> dict[str, str]:
    """The owner whom the page showed for each selected request, by its id; empty for nobody."""
    return {id: owner for id, _step, owner in map(_parts, values)}


def _parts(value: str) -> tuple[str, str, str]:
    id, _dot, rest = value.partition(".")
    step, _dot, owner = rest.partition(".")
    return ids.typed(id), step, ids.typed(owner)


def assign(requests: Sequence[AccessRequest], *, by: User, to: User | None, seen: Mapping[str, str]) -> Result:
    """Gives each to a colleague, or to nobody. `seen` are the owners whom the page showed: a newer one stays."""

    def step(one: AccessRequest) -> AccessRequest:
        one.owner_id = seen.get(one.pk) or None
        return flows.assign(one, by=by, to=to)

    return _each(requests, step)


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


def extend(requests: Sequence[AccessRequest], *, by: User, until: datetime, reason: str) -> Result:
    """Extends each document that is open through these requests, each in a change of its own."""

    def step(one: AccessRequest) -> AccessRequest:
        held = AccessGrant.objects.filter(requested_document__request=one, ended_at=None)
        grants = list(held.order_by("document__position").select_related("document__level", "holder"))
        if not grants:
            raise FlowError(Refusal.MOVED_ON)
        refused = []
        for grant in grants:
            try:
                flows.extend(grant, until=until, reason=reason, by=by)
            except FlowError as refusal:
                refused.append(refusal)
        if refused:
            raise refused[0]
        return one

    return _each(requests, step)


def note_export(requests: Sequence[AccessRequest], *, by: User) -> None:
    """Records that these requests leave as a file."""
    with audit.change(by=by) as change:
        change.record(Action.DESK_EXPORTED, count=len(requests), references=[one.reference for one in requests])


def _each(requests: Sequence[AccessRequest], step: Callable[[AccessRequest], AccessRequest]) -> Result:
    result = Result()
    for one in requests:
        try:
            result.done.append(step(one))
        except FlowError as refusal:
            result.failed.append(Failure(one, str(refusal)))
    return result
