"""One command for the whole site: prepares the data folder, then runs the web server and the worker side by side."""

import fcntl
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.checks import CheckMessage, Tags, run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django.db.utils import OperationalError

from trustcenter.accounts.models import User
from trustcenter.work.processes import Child, Supervisor

WEB_WORKERS_AT_MOST = 4
START_SECONDS, POLL_SECONDS = 30, 0.1
# EX_CONFIG: a service manager must not start the same configuration again and again; a wrong PIN would lock its token.
REFUSED = 78
# The refusal that may pass by itself: what keeps the vault's key can be slower to start than the site.
MAY_PASS = {"trustcenter.E015"}
YEAR = 365 * 24 * 60 * 60


class Command(BaseCommand):
    help = "Starts the site: prepares the database, then runs web server and worker until it is stopped."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--web-only", action="store_true", help="start no worker: it runs as a service, under a user of its own"
        )

    def handle(self, *args: Any, web_only: bool = False, **options: Any) -> None:
        started = time.monotonic()
        lock = self._lock_data_folder()
        self._check_address()
        self._check_configuration()
        self._prepare()
        # A child that inherits an open connection would share its socket with us.
        connections.close_all()
        supervisor = Supervisor([self._web()] if web_only else [self._web(), self._worker()], say=self._say)
        try:
            supervisor.start()
            if supervisor.wait_until(self._answers, START_SECONDS):
                self._welcome(time.monotonic() - started)
                supervisor.run()
            elif not supervisor.stopping:
                raise CommandError("The site did not start; the lines above say why.")
        finally:
            supervisor.stop()
            lock.close()
        self._say("Stopped.")

    # -- Before the start --------------------------------------------------------------------------------

    def _lock_data_folder(self) -> TextIO:
        lock = open(settings.DATA_DIR / "serve.lock", "a+")  # noqa: SIM115  (held as long as we live)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CommandError(
                f"The data folder {settings.DATA_DIR} is in use by process {lock.read().strip() or 'unknown'}. "
                "Stop that one, or set TRUSTCENTER_DATA to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def _check_address(self) -> None:
        try:
            family, kind, _protocol, _name, address = socket.getaddrinfo(
                settings.HOST, settings.PORT, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, kind) as probe:
                # Without it, the last second's connections of a server that has just stopped count as in use.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Cannot listen on {settings.HOST} port {settings.PORT}: {error}. "
                "Choose another address with HOST and PORT, for instance PORT=8080."
            ) from error

    def _check_configuration(self) -> None:
        self._must_pass(run_checks(include_deployment_checks=not settings.DEMO))

    def _must_pass(self, found: list[CheckMessage]) -> None:
        told = [message for message in found if not message.is_silenced()]
        for message in told:
            self.stderr.write(str(message))
        serious = {message.id for message in told if message.is_serious()}
        if serious:
            raise CommandError(
                "The site does not start with this configuration; the lines above say what to change.",
                returncode=1 if serious <= MAY_PASS else REFUSED,
            )

    def _prepare(self) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        self._must_pass(run_checks(tags=[Tags.database], include_deployment_checks=True))
        call_command("collectstatic", verbosity=0, interactive=False)
        # Staff come last in a demo: without any, it was never finished.
        if settings.DEMO and not User.objects.filter(is_staff=True).exists():
            call_command("demo", stdout=self.stdout, stderr=self.stderr)

    # -- The two children --------------------------------------------------------------------------------

    def _web(self) -> Child:
        workers = min(os.cpu_count() or 1, WEB_WORKERS_AT_MOST)
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "error"]
        command += ["--host", settings.HOST, "--port", str(settings.PORT)]
        command += ["--workers", str(workers), "--blocking-threads", str(settings.WEB_THREADS)]
        command += ["--respawn-failed-workers", "--workers-kill-timeout", "6s"]
        # Names carry a hash of their content, so a browser never has to ask again.
        command += [
            "--static-path-route",
            settings.STATIC_URL.rstrip("/"),
            "--static-path-expires",
            str(YEAR),
        ]
        command += ["--static-path-mount", str(settings.STATIC_ROOT), "trustcenter.wsgi:application"]
        return Child("web server", command)

    def _worker(self) -> Child:
        command = [sys.executable, str(Path(settings.BASE_DIR, "manage.py")), "worker"]
        if connection.vendor == "sqlite":
            # The lock on the data folder is a lock on its database too: nobody else works on it.
            command += ["--alone"]
        return Child("worker", command)

    def _answers(self) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104
        try:
            with socket.create_connection((host, settings.PORT), timeout=1):
                pass
            request = urllib.request.Request(f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}/healthz")
            request.add_header("Host", next(iter(settings.ALLOWED_HOSTS), host).lstrip("."))
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  (our own address)
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False

    # -- Words -------------------------------------------------------------------------------------------

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def _welcome(self, seconds: float) -> None:
        self._say(f"\nThe trust center stands at {settings.SITE_URL}/ (up in {seconds:.1f} s)\n")
        if settings.DEMO:
            call_command("demo", people=True, stdout=self.stdout)
        self._say("Ctrl-C stops it; everything is kept in " + str(settings.DATA_DIR))
