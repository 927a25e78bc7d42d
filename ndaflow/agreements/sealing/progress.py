"""The progress of sealing a signature, read from its task."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from ndaflow.agreements import tasks
from ndaflow.agreements.models import Signature, SignedCopy
from ndaflow.agreements.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.work import queue
from trustcenter.work.models import Task


@dataclass(frozen=True)
class Progress:
    """A copy that does not exist yet. `reason` is for staff: it may name hosts and files."""

    tries: int = 0
    next_at: datetime | None = None
    reason: str = ""
    # Nothing happens until a person starts it again.
    given_up: bool = False


def of(signatures: Iterable[Signature]) -> dict[str, Progress]:
    """The progress of each signature without a copy, in one query."""
    waiting = [signature.pk for signature in signatures if not hasattr(signature, "copy")]
    if not waiting:
        return {}
    found = {pk: Progress() for pk in waiting}
    for task in _tasks(waiting):
        next_at = task.due_at if task.state == Task.State.WAITING else None
        over = task.state in {Task.State.FAILED, Task.State.DISMISSED}
        found[task.arguments[0]] = Progress(task.tries, next_at, task.reason(), over)
    return found


def try_again(signature: Signature, *, by: User | None) -> None:
    """Tries a missing copy again now, with all its attempts. Raises FlowError."""
    with audit.change(by=by) as change:
        # One person at a time, so that two clicks start one task.
        Signature.objects.select_for_update(no_key=True).get(pk=signature.pk)
        if SignedCopy.objects.filter(signature=signature).exists():
            raise FlowError(Refusal.SEALED)
        task = _tasks([signature.pk]).last()
        # A task that succeeded without a copy belongs to a copy that was lost.
        if task is None or task.state in {Task.State.DONE, Task.State.DISMISSED}:
            change.task(tasks.make_signed_copy, signature.pk)
        elif not queue.start_again(task):
            raise FlowError(Refusal.BEING_SEALED)
        change.record(
            Action.SEAL_TRIED_AGAIN,
            subject=signature,
            agreement=signature.version.named,
            signer=signature.typed_name,
        )


def _tasks(signature_ids: list[str]) -> QuerySet[Task]:
    path = tasks.make_signed_copy.module_path
    return Task.objects.filter(path=path, arguments__0__in=signature_ids).order_by("queued_at")
