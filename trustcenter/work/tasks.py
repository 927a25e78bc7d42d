"""What the worker does beside its tasks: what the clock asks for, tasks lost with their worker, tasks that failed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from trustcenter.work.models import Routine

logger = logging.getLogger(__name__)

# A mail server that restarts is back before the second try, one that is repaired before the last: 30 s, 2, 8, 32 min.
FIRST_RETRY = timedelta(seconds=30)
# The library's word for "as soon as possible" is a date in this year.
NEVER = 9999
# How often a task may be lost with its worker. That says more of the machine than of the task, so it is more often than a
# task may fail: a site that is killed again and again must not leave a signature without its copy.
MOST_LOST = 25
# Stands before the name of a worker that died over a task, in the task's list of workers, which counts its tries.
LOST = "lost with "
KEEP_DONE, KEEP_FAILED = timedelta(days=7), timedelta(days=90)


@dataclass(frozen=True)
class Periodic:
    """A function that the worker calls about every `seconds`."""

    name: str
    seconds: int
    run: Callable[[], object]


_registry: dict[str, Periodic] = {}


def every(seconds: int) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Has the worker call the function about every so many seconds, one worker at a time.

    A call that raises is logged and comes again at its next time. The function must not take longer than the lease.
    """

    def register(function: Callable[[], object]) -> Callable[[], object]:
        name = f"{function.__module__}.{function.__qualname__}"
        _registry[name] = Periodic(name, seconds, function)
        return function

    return register


def periodics() -> list[Periodic]:
    """Everything registered, by name."""
    return [_registry[name] for name in sorted(_registry)]


def run_due() -> list[str]:
    """Runs what is due and nobody else has just taken; returns the names."""
    now = timezone.now()
    due = dict(Routine.objects.values_list("name", "due_at"))
    ran = []
    for periodic in periodics():
        if periodic.name not in due:
            Routine.objects.bulk_create([Routine(name=periodic.name, due_at=now)], ignore_conflicts=True)
        elif due[periodic.name] > now:
            continue
        # Compare and swap: the worker whose update finds the time still due is the one that runs it.
        later = now + timedelta(seconds=periodic.seconds)
        if not Routine.objects.filter(name=periodic.name, due_at__lte=now).update(due_at=later):
            continue
        try:
            periodic.run()
        except Exception:
            logger.exception("%s failed; it runs again in %s s", periodic.name, periodic.seconds)
        ran.append(periodic.name)
    return ran


def requeue_lost(lease: timedelta | None = None) -> int:
    """Starts again what has been running for longer than the lease, because its worker must have died; returns how many.

    The worker ends every task before its lease does, so a task is never run by two at once.
    """
    lease = timedelta(seconds=settings.TASK_LEASE_SECONDS) if lease is None else lease
    lost = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lte=timezone.now() - lease)
    moved = 0
    for task in lost:
        task.worker_ids = [*task.worker_ids[:-1], LOST + "".join(task.worker_ids[-1:])]
        change: dict[str, object] = {"worker_ids": task.worker_ids, "status": TaskResultStatus.READY}
        if not is_given_up(task):
            logger.warning("%s was lost with its worker and starts again", task.task_path)
        else:
            # A task that takes its worker down with it every time must not do so for ever.
            change |= {
                "status": TaskResultStatus.FAILED,
                "finished_at": timezone.now(),
                "exception_class_path": f"{WorkerLost.__module__}.{WorkerLost.__qualname__}",
            }
            logger.error("%s was lost with its worker %s times and is given up", task.task_path, MOST_LOST)
        same = {"pk": task.pk, "status": TaskResultStatus.RUNNING, "started_at": task.started_at}
        moved += DBTaskResult.objects.filter(**same).update(**change)
    return moved


class WorkerLost(Exception):
    """The reason of a task that never came to an end."""


@every(5)
def retry_failed() -> int:
    """Puts failed tasks back in the queue, each time later, until TASK_ATTEMPTS; returns how many."""
    moved = 0
    failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED)
    for task in failed.only("pk", "status", "worker_ids", "finished_at"):
        if run_after := next_try(task):
            same = {"pk": task.pk, "status": TaskResultStatus.FAILED, "finished_at": task.finished_at}
            moved += DBTaskResult.objects.filter(**same).update(
                status=TaskResultStatus.READY, run_after=run_after, finished_at=None
            )
    return moved


def next_try(task: DBTaskResult[..., Any]) -> datetime | None:
    """When the worker takes a task up (again); None when it is running, done or given up."""
    match task.status:
        case TaskResultStatus.READY:
            ready: datetime = max(task.enqueued_at, task.run_after) if task.run_after.year < NEVER else task.enqueued_at
            return ready
        case TaskResultStatus.FAILED if not is_given_up(task):
            again: datetime = task.finished_at + FIRST_RETRY * 4 ** (failures(task) - 1)
            return again
    return None


def start_again(task: DBTaskResult[..., Any]) -> bool:
    """Puts a task that failed or waits at the head of the queue, with all its attempts; False for one that runs."""
    if task.status not in {TaskResultStatus.FAILED, TaskResultStatus.READY}:
        return False
    same = {"pk": task.pk, "status": task.status}
    fresh = {"status": TaskResultStatus.READY, "run_after": timezone.now(), "finished_at": None, "worker_ids": []}
    return bool(DBTaskResult.objects.filter(**same).update(**fresh))


def given_up() -> int:
    """How many tasks failed for good and wait for a person."""
    return sum(map(is_given_up, DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).only("worker_ids")))


def is_given_up(task: DBTaskResult[..., Any]) -> bool:
    """Whether a failed task stays so until a person starts it again."""
    return failures(task) >= settings.TASK_ATTEMPTS or len(task.worker_ids) - failures(task) >= MOST_LOST


def failures(task: DBTaskResult[..., Any]) -> int:
    """How many tries of a task came to an end of their own; one that was lost with its worker says nothing of the task."""
    return sum(not worker.startswith(LOST) for worker in task.worker_ids)


@every(30)
def lost_tasks() -> None:
    """Looks for tasks whose lease is over."""
    requeue_lost()


@every(600)
def tell_of_given_up() -> None:
    """Keeps tasks that failed for good in sight of whoever reads the log."""
    if count := given_up():
        logger.error("%s tasks failed for good; their tracebacks are in the table django_tasks_db_dbtaskresult", count)


@every(3600)
def forget_sessions() -> None:
    """Deletes sessions that have ended."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@every(3600)
def forget_finished_tasks() -> None:
    """Deletes results that nobody will ask for."""
    now = timezone.now()
    with transaction.atomic():
        DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - KEEP_DONE).delete()
        DBTaskResult.objects.filter(status=TaskResultStatus.FAILED, finished_at__lt=now - KEEP_FAILED).delete()
