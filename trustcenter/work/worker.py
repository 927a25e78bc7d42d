"""The task worker: django-tasks-db's, with a time limit on every task, and the clock between the tasks."""

import logging
import os
import signal
import threading
import time
from datetime import timedelta
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker as DatabaseWorker
from django_tasks_db.models import DBTaskResult

from trustcenter.work import clock, tasks

logger = logging.getLogger(__name__)

# How often an idle worker looks for work, in seconds: a sign-in code should leave at once.
INTERVAL = 0.5
# Parts of the lease: when a task is stopped, and when a worker that is stuck in foreign code ends itself.
TASK_LIMIT, WORKER_LIMIT = 0.8, 0.95
STUCK = 75  # EX_TEMPFAIL


class TookTooLong(Exception):
    """The task was stopped: its lease was about to end, and another worker would have started it again."""


def work(*, alone: bool) -> None:
    """Runs tasks and the clock until a signal comes. `alone`: no other worker uses this database."""
    if alone:
        # What is marked as running was lost with the last worker, so there is no lease to wait for.
        tasks.requeue_lost(timedelta(0))
    worker = Worker()
    worker.configure_signals()
    worker.work()


class Worker(DatabaseWorker):
    """Runs tasks one at a time and, between them, what is due by the clock."""

    def __init__(self) -> None:
        super().__init__(
            queue_names=["*"],
            interval=INTERVAL,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(16),
            excluded_queue_names=[],
        )

    def work(self) -> None:
        """Works until a signal comes. A task that is running then is finished first."""
        while self.running:
            close_old_connections()
            try:
                self._run_due()
                # One task at a time, so that a full queue does not keep the clock waiting.
                self.max_tasks = self._run_tasks + 1
                if DBTaskResult.objects.ready().exists():
                    self.run()
                    continue
            except DatabaseError:
                logger.exception("The database does not answer. The worker tries again")
            if self.running:
                time.sleep(INTERVAL)

    def run_task(self, db_task_result: DBTaskResult[..., Any]) -> None:
        """Runs one task within its lease: first an exception stops it, and if that has no effect, the worker ends."""
        lease = settings.TASK_LEASE_SECONDS
        watchdog = threading.Timer(lease * WORKER_LIMIT, self._end, [db_task_result.task_path])
        watchdog.daemon = True
        watchdog.start()
        signal.signal(signal.SIGALRM, self._stop_task)
        signal.setitimer(signal.ITIMER_REAL, lease * TASK_LIMIT)
        try:
            super().run_task(db_task_result)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            watchdog.cancel()

    def _run_due(self) -> None:
        # As with a task: a signal lets it finish.
        self.running_task = True
        try:
            clock.run_due()
        finally:
            self.running_task = False

    @staticmethod
    def _stop_task(signum: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"stopped after {settings.TASK_LEASE_SECONDS * TASK_LIMIT:.0f} s")

    @staticmethod
    def _end(path: str) -> None:
        logger.critical("%s does not stop. The worker ends, so that another worker can start the task again", path)
        os._exit(STUCK)
