"""The connection to PostgreSQL. Django wants the name of this module and of its class."""

import time
from select import POLLIN, poll
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn

from trustcenter.work.circuit import Away, Circuit

# A server in the same network answers within a millisecond.
PATIENCE = 2.0
circuit = Circuit("the database", pause=0.2)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of one thread, tried once at the beginning of each request and replaced if it is broken.

    There is no pool: a pool tries again after 1, 2, 4, 8 … seconds, and keeps pages waiting after the server is back.
    While the server is away, one thread at a time tries to connect, and the others fail at once.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            with circuit.asking():
                return super().get_new_connection(conn_params)
        except Away as away:
            raise psycopg.OperationalError(str(away)) from None

    def is_usable(self) -> bool:
        return self.connection is not None and _answers(self.connection.pgconn, PATIENCE)


def _answers(connection: PGconn, seconds: float) -> bool:
    """Whether the server answers an empty statement within `seconds`. psycopg would wait without end."""
    deadline = time.monotonic() + seconds
    try:
        connection.send_query(b"")
        connection.flush()
        readable = poll()
        readable.register(connection.socket, POLLIN)
        while connection.is_busy():
            left = deadline - time.monotonic()
            if left <= 0 or not readable.poll(left * 1000):
                return False
            connection.consume_input()
        answered = True
        while result := connection.get_result():
            answered = result.status == ExecStatus.EMPTY_QUERY
        # A transaction that has failed takes no more statements.
        failed = connection.transaction_status == TransactionStatus.INERROR
        return answered and not failed and connection.status == ConnStatus.OK
    except psycopg.Error:
        return False
