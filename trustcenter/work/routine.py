"""Scheduled work of the queue and its database: forget what ended long ago, repeat what waits for a person, count rows."""

import logging
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.utils import timezone

from trustcenter.work import queue
from trustcenter.work.clock import every
from trustcenter.work.models import Task
from trustcenter.work.retention import Kept

logger = logging.getLogger(__name__)

KEEP_DONE = timedelta(days=7)


@every(600)
def log_given_up() -> None:
    """Repeats in the log that tasks were given up, because a single line is soon out of sight."""
    if count := queue.given_up():
        logger.error(
            "%s tasks failed and wait for a person. See manage.py tasks list, or Background work at the desk", count
        )


@every(3600)
def delete_expired_sessions() -> None:
    """Deletes sessions that have ended."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@every(3600)
def delete_ended() -> None:
    """Deletes tasks that ended long ago."""
    now = timezone.now()
    Task.objects.filter(state=Task.State.DONE, ended_at__lt=now - KEEP_DONE).delete()
    kept = [Task.State.FAILED, Task.State.DISMISSED]
    Task.objects.filter(state__in=kept, ended_at__lt=Kept.FAILED_WORK.over(now)).delete()


@every(24 * 3600)
def count_rows_of_sqlite() -> None:
    """Counts what the tables hold, so that SQLite chooses good indexes. PostgreSQL's autovacuum does that by itself.

    With a limit it reads a part of each index: that takes a moment however large the site is, gave better plans than
    counting every row, and writes down no value, so nothing about a person stays in the statistics.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
