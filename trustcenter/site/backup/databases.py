"""Copies the database at one moment into a file, and back: SQLite with its backup API, PostgreSQL with pg_dump."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from trustcenter.audit.models import Head
from trustcenter.audit.tree import Frontier
from trustcenter.site.backup import manifest
from trustcenter.vault.models import StoredFile

FILES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
# A person who finds a backup must not be able to use somebody's session.
SESSIONS = "accounts_session"
DEBIAN = "/usr/lib/postgresql/{major}/bin"
VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class Failed(Exception):
    """The database could not be copied or loaded. The text is a sentence that says what to do."""


@dataclass(frozen=True)
class Snapshot:
    """The state of the database at one moment: the log's size and root, names of stored objects, migrations."""

    log_size: int
    log_root: str
    objects: frozenset[str]
    migrations: tuple[str, ...]


# -- Into a file ---------------------------------------------------------------------------------------------------


def dump(target: Path) -> Snapshot:
    """Copies the database into `target` while others write, and returns what is in the copy. Raises Failed."""
    return _dump_sqlite(target) if connection.vendor == "sqlite" else _dump_postgresql(target)


def version() -> str:
    """The version of the database."""
    if connection.vendor == "sqlite":
        return sqlite3.sqlite_version
    return str(_server_major())


def _dump_sqlite(target: Path) -> Snapshot:
    _create(target)
    with closing(sqlite3.connect(target)) as copy:
        with closing(sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=20)) as source:
            # All pages in one step show one moment. In WAL mode, writers are not blocked.
            source.backup(copy)
        # One complete file, without a -wal file beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute(f"DELETE FROM {SESSIONS}")  # noqa: S608  (a constant)
        copy.commit()
        copy.execute("VACUUM")
        if (result := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise Failed(f"The database is damaged: {result}. Look for an earlier backup.")
        snapshot = _read(lambda statement: copy.execute(statement).fetchall())
    _sync(target)
    return snapshot


def _dump_postgresql(target: Path) -> Snapshot:
    program = postgres_program("pg_dump")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

        def ask(statement: str) -> list[tuple[Any, ...]]:
            cursor.execute(statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

        # The manifest and the dump must show the same moment.
        snapshot_id = ask("SELECT pg_export_snapshot()")[0][0]
        snapshot = _read(ask)
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot_id}"]
        options += [f"--exclude-table-data={SESSIONS}", f"--file={target}"]
        _create(target)
        _run(program, options)
    _sync(target)
    return snapshot


def _create(target: Path) -> None:
    """Makes an empty file that only its owner can read, because it will contain every mail and every name."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _read(ask: Callable[[str], list[tuple[Any, ...]]]) -> Snapshot:
    # Table names come from the models, so that a model that moves to another app cannot break the backup.
    heads = ask(f"SELECT size, frontier FROM {Head._meta.db_table}")  # noqa: S608  (our own name)
    stored = ask(f"SELECT id FROM {StoredFile._meta.db_table}")  # noqa: S608  (our own name)
    size, frontier = (heads[0][0], bytes(heads[0][1])) if heads else (0, b"")
    return Snapshot(
        log_size=size,
        log_root=Frontier(size, frontier).root().hex(),
        objects=frozenset(row[0] for row in stored),
        migrations=tuple(f"{app}.{name}" for app, name in ask("SELECT app, name FROM django_migrations ORDER BY id")),
    )


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


# -- Back ----------------------------------------------------------------------------------------------------------


def is_empty() -> bool:
    """Whether the configured database has no tables yet."""
    if connection.vendor == "sqlite":
        path = Path(settings.DATABASES["default"]["NAME"])
        if not path.exists() or not path.stat().st_size:
            return True
    return not connection.introspection.table_names()


def load(source: Path) -> None:
    """Loads the database of a backup into an empty database, completely or not at all. Raises Failed."""
    connection.close()
    if connection.vendor == "sqlite":
        _load_sqlite(source)
    else:
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source)]
        _run(postgres_program("pg_restore"), options)


def _load_sqlite(source: Path) -> None:
    path = Path(settings.DATABASES["default"]["NAME"])
    for ending in ("-wal", "-shm", "-journal"):
        # SQLite would apply the journal of a former database to this one.
        path.with_name(path.name + ending).unlink(missing_ok=True)
    with source.open("rb") as file:
        manifest.copy(file, path)


# -- PostgreSQL's programs -----------------------------------------------------------------------------------------


def postgres_program(name: str) -> str:
    """The path of a PostgreSQL program of the server's major version. Raises Failed, which says what to install.

    A newer program would write a dump that this server cannot load (from 17 on, because of `transaction_timeout`).
    """
    major = _server_major()
    places = [*os.environ.get("PATH", "").split(os.pathsep), DEBIAN.format(major=major)]
    for folder in places:
        found = shutil.which(name, path=folder) if folder else None
        if found and _major_of(found) == major:
            return found
    raise Failed(
        f"The server runs PostgreSQL {major}, and {name} of that version is not on PATH. "
        f"On Debian: apt-get install postgresql-client-{major}"
    )


def _server_major() -> int:
    connection.ensure_connection()
    return int(connection.pg_version) // 10000  # type: ignore[attr-defined]  # PostgreSQL's connection only


def _major_of(program: str) -> int | None:
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = VERSION.search(output)
    return int(found[1]) if found else None


def _run(program: str, options: list[str]) -> None:
    connection.ensure_connection()
    info = connection.connection.info
    # The password is passed in the environment: every user of the machine can read the arguments of a process.
    env = {**os.environ, "PGPASSWORD": info.password} if info.password else dict(os.environ)
    command = [program, "--dbname", _address(), "--no-password", *options]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Failed(f"{Path(program).name} failed: {done.stderr.strip()[-1000:]}")


def _address() -> str:
    """What the settings say about the connection, without the password.

    The library that this process uses would add its own defaults, some of which an older program does not know.
    """
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} - {"password"}
    parameters = connection.get_connection_params()
    return make_conninfo("", **{name: value for name, value in parameters.items() if name in known})
