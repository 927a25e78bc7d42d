"""Which errors mean that something we need is away for the moment, and nothing is wrong with the request or the code."""

import logging
import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError

from trustcenter.work.circuit import Away

# SQLSTATE classes: connection, resources (full disk, too many connections), shutdown and start, files of the server.
AWAY = ("08", "53", "57P", "58")
READ_ONLY = "25006"
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}


def is_outage(error: BaseException | None) -> bool:
    """Whether the database or another server does not answer, or the database takes no writes."""
    if isinstance(error, Away | InterfaceError):
        return True
    cause = error.__cause__ if isinstance(error, DatabaseError) else None
    if isinstance(cause, sqlite3.Error):
        # The lowest byte; the others say more about the same error.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_AWAY
    # psycopg's errors have this attribute. It is not imported, because a site with SQLite starts faster without it.
    state = getattr(cause, "sqlstate", "")
    if state is None:
        # The server has said nothing: there is no connection, or it broke.
        return isinstance(error, OperationalError)
    return str(state).startswith((*AWAY, READ_ONLY))


class OneLine(logging.Filter):
    """Shortens the traceback of an outage to its last line. Every request has one until the server is back."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.exc_info, tuple) and is_outage(record.exc_info[1]):
            reason = " ".join(str(record.exc_info[1]).split())
            record.msg, record.args = f"{record.getMessage()}: {reason}", ()
            record.exc_info = None
        return True
