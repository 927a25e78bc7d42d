"""The queue in the database, behind Django's task interface (`django.tasks`): enqueue, claim, end, and start again.

A task is enqueued in the transaction that needs it. A worker claims it for a short lease and extends the lease while it
lives. A worker can end a task only while it holds it, so a task that was taken from a slow worker ends once.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from traceback import format_exception
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.tasks import Task as Function
from django.tasks import TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.utils import timezone
from django.utils.json import normalize_json

from trustcenter.work.lanes import LATEST, Lane
from trustcenter.work.models import Task

logger = logging.getLogger(__name__)

State = Task.State
# A worker extends its leases every BEAT. A task whose worker has died is back within LEASE and one more BEAT.
BEAT, LEASE = timedelta(seconds=5), timedelta(seconds=20)
# How often a task may be lost with its worker. A loss says more about the machine than about the task, so there may be
# more losses than failures: a site that is killed again and again must not leave a signature without its copy.
MOST_LOSSES = 25


class GiveUp(Exception):
    """Raised by a task that cannot succeed, however often it is tried."""


class Unavailable(Exception):
    """Raised by a task when the service of its lane does not answer.

    The lanes that need the service then pause, so that they do not wait for it once for each task.
    """


class Queue(BaseTaskBackend):
    """Django's task backend: writes one row per call."""

    supports_priority = True
    supports_defer = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.queues = {lane.value for lane in Lane}

    def enqueue[**P, R](self, task: "Function[P, R]", args: list[Any], kwargs: dict[str, Any]) -> "TaskResult[P, R]":
        """Writes the row in the caller's transaction. Raises InvalidTask for keyword arguments and unknown lanes."""
        self.validate_task(task)
        if kwargs:
            raise TypeError("tasks take positional arguments")
        now = timezone.now()
        row = Task.objects.create(
            path=task.module_path,
            arguments=normalize_json(list(args)),
            lane=task.queue_name,
            priority=task.priority,
            queued_at=now,
            due_at=task.run_after or now,
        )
        return TaskResult(
            task=task,
            id=row.pk,
            status=TaskResultStatus.READY,
            enqueued_at=now,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=row.arguments,
            kwargs={},
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )


def due(now: datetime) -> Q:
    """Waiting tasks that may run. A time in the far future was written while the clock was wrong."""
    return Q(state=State.WAITING) & (Q(due_at__lte=now) | Q(due_at__gt=now + LATEST))


def claim(lane: Lane, worker: str) -> Task | None:
    """Takes the next task of the lane that is due, or returns None."""
    now = timezone.now()
    ready = Task.objects.filter(due(now), lane=lane).order_by("-priority", "due_at", "id")
    while (task := ready.first()) is not None:
        # Compare and swap: one of several workers gets it, and the others look for the next.
        taken = Task.objects.filter(pk=task.pk, state=State.WAITING, due_at=task.due_at)
        if taken.update(state=State.RUNNING, worker=worker, started_at=now, leased_until=now + LEASE):
            task.refresh_from_db()
            return task
    return None


def beat(worker: str, running: Iterable[str]) -> None:
    """Extends the leases of the tasks that this worker is running."""
    if keys := list(running):
        mine = Task.objects.filter(pk__in=keys, worker=worker, state=State.RUNNING)
        mine.update(leased_until=timezone.now() + LEASE)


def done(task: Task) -> bool:
    """Ends a task. False if another worker has it now."""
    return bool(_held(task).update(state=State.DONE, ended_at=timezone.now(), error="", worker="", leased_until=None))


def failed(task: Task, error: BaseException) -> bool:
    """Lets a task wait for its next try, or for a person after its last. False if another worker has it now."""
    now, rules = timezone.now(), Lane(task.lane).rules
    tries = task.tries + 1
    over = isinstance(error, GiveUp) or tries >= rules.tries
    if over:
        logger.error("%s failed %s times and is given up: %r", task, tries, error, exc_info=error)
    else:
        logger.warning("%s failed (%s of %s): %r", task, tries, rules.tries, error)
    return bool(
        _held(task).update(
            state=State.FAILED if over else State.WAITING,
            tries=tries,
            due_at=now + rules.pause(tries),
            ended_at=now if over else None,
            error="".join(format_exception(error)),
            worker="",
            leased_until=None,
        )
    )


def recover(*, everything: bool = False) -> int:
    """Lets tasks wait again whose lease has ended, because their worker must have died; returns how many.

    With `everything`, no lease is believed: the caller knows that no worker is alive.
    """
    now = timezone.now()
    ended = Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * LEASE)
    moved = 0
    for task in Task.objects.filter(Q() if everything else ended, state=State.RUNNING):
        # A task that takes its worker down with it every time must not do so for ever.
        over = task.losses + 1 >= MOST_LOSSES
        log = logger.error if over else logger.warning
        log(
            "%s was lost with its worker %s times and %s",
            task,
            task.losses + 1,
            "is given up" if over else "waits again",
        )
        moved += (
            _held(task)
            .filter(leased_until=task.leased_until)
            .update(
                state=State.FAILED if over else State.WAITING,
                losses=F("losses") + 1,
                due_at=now,
                ended_at=now if over else None,
                worker="",
                leased_until=None,
            )
        )
    return moved


def start_again(task: Task) -> bool:
    """Puts a failed or waiting task at the head of its lane, with all its tries. False if it is running or has ended."""
    fresh = {"state": State.WAITING, "due_at": timezone.now(), "ended_at": None, "tries": 0, "losses": 0}
    return bool(Task.objects.filter(pk=task.pk, state__in=[State.FAILED, State.WAITING]).update(**fresh))


def dismiss(task: Task) -> bool:
    """Ends a failed or waiting task for good. False if it is running or has ended."""
    ended = {"state": State.DISMISSED, "ended_at": timezone.now()}
    return bool(Task.objects.filter(pk=task.pk, state__in=[State.FAILED, State.WAITING]).update(**ended))


def known(task: "Function[..., Any]", *arguments: Any) -> bool:
    """Whether this call waits, runs, or has failed and waits for a person."""
    states = [State.WAITING, State.RUNNING, State.FAILED]
    return Task.objects.filter(path=task.module_path, arguments=list(arguments), state__in=states).exists()


def troubled() -> QuerySet[Task]:
    """What has failed, and what is waiting for another try after a failure; newest first."""
    return Task.objects.filter(Q(state=State.FAILED) | Q(state=State.WAITING, tries__gt=0))


@dataclass(frozen=True)
class Standing:
    """How much work one lane has."""

    lane: str
    waiting: int
    running: int
    failed: int
    # Since when the oldest waiting task has been queued.
    oldest: datetime | None

    @property
    def label(self) -> str:
        return str(Lane(self.lane).rules.label)


def lanes() -> list[Standing]:
    """The standing of every lane, in one query."""

    def number(state: Task.State) -> Count:
        return Count("id", filter=Q(state=state))

    rows = Task.objects.filter(state__in=[State.WAITING, State.RUNNING, State.FAILED]).order_by()
    counted = rows.values("lane").annotate(
        waiting=number(State.WAITING),
        running=number(State.RUNNING),
        failed=number(State.FAILED),
        oldest=Min("queued_at", filter=Q(state=State.WAITING)),
    )
    found: dict[str, Any] = {row["lane"]: row for row in counted}
    nothing = {"waiting": 0, "running": 0, "failed": 0, "oldest": None}
    return [Standing(**{"lane": lane, **nothing, **found.get(lane, {})}) for lane in Lane]


def given_up() -> int:
    """How many tasks wait for a person."""
    return Task.objects.filter(state=State.FAILED).count()


def _held(task: Task) -> QuerySet[Task]:
    """The row, if this run of the task still holds it."""
    return Task.objects.filter(pk=task.pk, state=State.RUNNING, worker=task.worker, started_at=task.started_at)
