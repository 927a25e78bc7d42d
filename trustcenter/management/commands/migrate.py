"""Django's `migrate`, one node at a time."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

# Any number that nothing else on this database uses.
LOCK = 7_243_015_551_190_432


class Command(migrate.Command):
    """Waits on PostgreSQL for a node that is migrating: two of them would make the same tables, and both would fail.

    The lock belongs to the connection, so a process that dies gives it back.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            # Only one site uses an SQLite file, which `serve` locks.
            super().handle(*args, **options)
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            super().handle(*args, **options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
