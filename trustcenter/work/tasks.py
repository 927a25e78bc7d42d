"""Tasks that failed, and tasks that were lost with their worker: when each is tried again, and when no more."""

import logging
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from trustcenter.work.clock import every

logger = logging.getLogger(__name__)

# A mail server that restarts is back before the second try, one that is repaired before the last: 30 s, 2, 8, 32 min.
FIRST_RETRY = timedelta(seconds=30)
# The library writes "as soon as possible" as a date in this year.
NEVER = 9999
# How often a task may be lost with its worker. A loss says more about the machine than about the task, so there may be
# more losses than failures: a site that is killed again and again must not leave a signature without its copy.
MAX_LOST = 25
# Stands before the name of a worker that died over a task, in the task's list of workers, which counts its tries.
LOST = "lost with "
KEEP_DONE, KEEP_FAILED = timedelta(days=7), timedelta(days=90)


class WorkerLost(Exception):
    """The reason of a task that never came to an end."""


@every(30)
def requeue_lost(lease: timedelta | None = None) -> int:
    """Starts again what has been running for longer than the lease, because its worker must have died; returns how many.

    The worker ends every task before its lease ends, so two workers never run the same task.
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
            logger.error("%s was lost with its worker %s times and is given up", task.task_path, MAX_LOST)
        same = {"pk": task.pk, "status": TaskResultStatus.RUNNING, "started_at": task.started_at}
        moved += DBTaskResult.objects.filter(**same).update(**change)
    return moved


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
    """When the worker takes the task up next; None when it is running, done or given up."""
    match task.status:
        case TaskResultStatus.READY:
            ready: datetime = max(task.enqueued_at, task.run_after) if task.run_after.year < NEVER else task.enqueued_at
            return ready
        case TaskResultStatus.FAILED if not is_given_up(task):
            again: datetime = task.finished_at + FIRST_RETRY * 4 ** (failures(task) - 1)
            return again
    return None


def start_again(task: DBTaskResult[..., Any]) -> bool:
    """Puts a failed or waiting task at the head of the queue, with all its attempts; False if it is running."""
    if task.status not in {TaskResultStatus.FAILED, TaskResultStatus.READY}:
        return False
    same = {"pk": task.pk, "status": task.status}
    fresh = {"status": TaskResultStatus.READY, "run_after": timezone.now(), "finished_at": None, "worker_ids": []}
    return bool(DBTaskResult.objects.filter(**same).update(**fresh))


def given_up() -> int:
    """How many tasks have used up their attempts and wait for a person."""
    return sum(map(is_given_up, DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).only("worker_ids")))


def is_given_up(task: DBTaskResult[..., Any]) -> bool:
    """Whether a failed task stays failed until a person starts it again."""
    return failures(task) >= settings.TASK_ATTEMPTS or len(task.worker_ids) - failures(task) >= MAX_LOST


def failures(task: DBTaskResult[..., Any]) -> int:
    """How many tries of the task ended by themselves. A try that was lost with its worker says nothing about the task."""
    return sum(not worker.startswith(LOST) for worker in task.worker_ids)


@every(600)
def log_given_up() -> None:
    """Repeats in the log that tasks were given up, because a single line is soon out of sight."""
    if count := given_up():
        logger.error(
            "%s tasks failed and are not tried again. Their tracebacks are in the table %s",
            count,
            DBTaskResult._meta.db_table,
        )


@every(3600)
def delete_expired_sessions() -> None:
    """Deletes sessions that have ended."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@every(3600)
def delete_old_results() -> None:
    """Deletes the results of tasks that ended long ago."""
    now = timezone.now()
    with transaction.atomic():
        DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - KEEP_DONE).delete()
        DBTaskResult.objects.filter(status=TaskResultStatus.FAILED, finished_at__lt=now - KEEP_FAILED).delete()
