"""The task worker: django-tasks-db's, with a limit on every task and an eye on the clock."""

import logging
import os
import signal
import threading
import time
from datetime import timedelta
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker as DatabaseWorker
from django_tasks_db.models import DBTaskResult

from trustcenter.work import tasks

logger = logging.getLogger(__name__)

# How often an idle worker looks for work, in seconds: a sign-in code should leave at once.
INTERVAL = 0.5
# Parts of the lease: when a task is told to stop, and when a worker stuck in foreign code ends itself.
TASK_LIMIT, WORKER_LIMIT = 0.8, 0.95
STUCK = 75  # EX_TEMPFAIL


class TookTooLong(Exception):
    """The task was stopped, because its lease would have ended and another worker would have started it again."""


class Worker(DatabaseWorker):
    """Runs tasks one at a time and, between them, what the clock asks for."""

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
        """Works until a signal comes; a task that is running then is finished first."""
        while self.running:
            close_old_connections()
            try:
                self._beat()
                # One task at a time, so that a full queue does not keep the clock waiting.
                self.max_tasks = self._run_tasks + 1
                if DBTaskResult.objects.ready().exists():
                    self.run()
                    continue
            except DatabaseError:
                logger.exception("The database does not answer; trying again")
            if self.running:
                time.sleep(INTERVAL)

    def run_task(self, db_task_result: DBTaskResult[..., Any]) -> None:
        """Runs one task within its lease: first an exception, and where that cannot get through, the worker's end."""
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

    def _beat(self) -> None:
        # As with a task: a signal lets it finish.
        self.running_task = True
        try:
            tasks.run_due()
        finally:
            self.running_task = False

    @staticmethod
    def _stop_task(signum: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"stopped after {settings.TASK_LEASE_SECONDS * TASK_LIMIT:.0f} s")

    @staticmethod
    def _end(path: str) -> None:
        logger.critical("%s does not stop; the worker ends so that another can start it again", path)
        os._exit(STUCK)


class Command(BaseCommand):
    help = "Runs background tasks and what the clock asks for, until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--alone",
            action="store_true",
            help="no other worker uses this database: what is marked as running was lost and starts again at once",
        )

    def handle(self, *args: Any, alone: bool, **options: Any) -> None:
        if alone:
            tasks.requeue_lost(timedelta(0))
        worker = Worker()
        worker.configure_signals()
        worker.work()
