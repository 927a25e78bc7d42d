"""The whole site as one process tree: prepares the data folder, then runs the web server and the worker side by side."""

import fcntl
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TextIO

from django.conf import settings
from django.core.checks import CheckMessage, Tags, run_checks
from django.core.management import call_command
from django.db import connection, connections

from trustcenter.site import checks, demo
from trustcenter.work import supervise
from trustcenter.work.processes import Child

Say = Callable[[str], None]

MAX_WEB_WORKERS = 4
# EX_CONFIG: a service manager must not start the same configuration again and again; a wrong PIN would lock its token.
REFUSED = 78
# What may pass by itself: the service that holds the vault's key, or the database, can start later than the site.
MAY_PASS = {"trustcenter.E015", "trustcenter.E026"}
YEAR = 365 * 24 * 60 * 60
# The C library and granian's allocator (jemalloc) would keep free memory for each thread: 40 MiB after a few downloads.
MEMORY = {"MALLOC_ARENA_MAX": "1", "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:1000"}


class CannotStart(Exception):
    """The site does not start. The text tells the operator what happened and what to do; `status` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def serve(*, web_only: bool, say: Say, warn: Say) -> NoReturn:
    """Runs the site until a signal stops it; with `web_only` another service runs the worker. Raises CannotStart."""
    started = time.monotonic()
    # Whatever the site writes is its own, however it was started.
    os.umask(0o077)
    lock = _lock_data_folder()
    _check_address()
    must_pass(run_checks(include_deployment_checks=not settings.DEMO), warn)
    prepare(say, warn)
    # The next program would keep the sockets open.
    connections.close_all()
    children = [web_server()] if web_only else [web_server(), _worker()]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104
    supervise.become(
        supervise.Plan(
            children=[(child.name, child.command, child.environment) for child in children],
            host=host,
            port=settings.PORT,
            lock=lock.fileno(),
            started=started,
            welcome=_welcome(),
        )
    )


# -- Before the start ----------------------------------------------------------------------------------


def _lock_data_folder() -> TextIO:
    """Two sites on one folder would share a port, a database and a worker's lease."""
    lock = open(settings.DATA_DIR / "serve.lock", "a+")  # noqa: SIM115  (held as long as the process lives)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise CannotStart(
            f"The data folder {settings.DATA_DIR} is in use by process {lock.read().strip() or 'unknown'}. "
            "Stop that process, or set TRUSTCENTER_DATA to another folder."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _check_address() -> None:
    if error := checks.listen_error():
        raise CannotStart(
            f"Cannot listen on {settings.HOST} port {settings.PORT}: {error}. "
            "Choose another address with HOST and PORT, for instance PORT=8080."
        ) from error


def must_pass(messages: list[CheckMessage], warn: Say) -> None:
    """Prints what the checks found. Raises CannotStart if one of them is an error."""
    shown = [message for message in messages if not message.is_silenced()]
    for message in shown:
        warn(str(message))
    errors = {message.id for message in shown if message.is_serious()}
    if errors:
        raise CannotStart(
            "The site does not start with this configuration. The lines above say what to change.",
            status=1 if errors <= MAY_PASS else REFUSED,
        )


def prepare(say: Say, warn: Say) -> None:
    """Brings the database, the static files and in demo mode the demo content up to date. Raises CannotStart."""
    must_pass(checks.database(), warn)
    call_command("migrate", verbosity=0, interactive=False)
    must_pass(run_checks(tags=[Tags.database], include_deployment_checks=True), warn)
    call_command("collectstatic", verbosity=0, interactive=False)
    if settings.DEMO and not demo.is_filled():
        demo.fill(say)


# -- The two children ----------------------------------------------------------------------------------


def web_server() -> Child:
    workers = min(os.cpu_count() or 1, MAX_WEB_WORKERS)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "error"]
    command += ["--host", settings.HOST, "--port", str(settings.PORT)]
    command += ["--workers", str(workers), "--blocking-threads", str(settings.WEB_THREADS)]
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "6s"]
    # File names carry a hash of their content, so a browser never has to ask again.
    command += ["--static-path-route", settings.STATIC_URL.rstrip("/"), "--static-path-expires", str(YEAR)]
    command += ["--static-path-mount", str(settings.STATIC_ROOT), "trustcenter.wsgi:application"]
    return Child("web server", command, MEMORY)


def _worker() -> Child:
    command = [sys.executable, str(Path(settings.BASE_DIR, "manage.py")), "worker"]
    if connection.vendor == "sqlite":
        # The process that holds the lock on the data folder is the only user of its database.
        command += ["--alone"]
    return Child("worker", command)


def _welcome() -> str:
    lines = [f"\nThe trust center is running at {settings.SITE_URL}/ (started in {{seconds}} s)\n"]
    if settings.DEMO:
        lines.append(demo.how_to_sign_in())
    lines.append(f"Press Ctrl-C to stop it. Its data is in {settings.DATA_DIR}")
    return "\n".join(lines)
