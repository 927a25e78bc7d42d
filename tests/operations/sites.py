"""A site as in production, on loopback: `manage.py serve` with PostgreSQL, and requests to it with their durations."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from trustcenter.work.processes import die_with_parent

START_SECONDS, STOP_SECONDS = 90, 20
# An answer that waited for nothing takes less even while other tests use every core; one that waited for a bucket that is
# away takes at least 5 seconds, the connecting and reading times of its client together.
SOON = 4
# The settings of the test run must not reach the site.
OURS = {"ALLOWED_HOSTS", "DEBUG", "SECRET_KEY", "SITE_URL", "TRUSTCENTER_TEST_RUN", "TEST_DATABASE"}
CSRF = "a" * 32


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    text: str
    seconds: float


@dataclass
class Site:
    """A site that is not a demo, so it needs no content and starts fast."""

    data: Path
    more: dict[str, str]
    port: int = 0
    name: str = "site"
    process: "subprocess.Popen[bytes] | None" = None
    python: Path = Path(sys.executable)
    folder: Path = settings.BASE_DIR
    # Options of its processes, such as the user.
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.data.with_name(f"{self.data.name}-{self.name}.log")

    def environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {
            "DJANGO_SETTINGS_MODULE": "trustcenter.settings",
            "TRUSTCENTER_DATA": str(self.data),
            "TRUSTCENTER_DEMO": "0",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "MAIL_URL": "log:",
            "LOG_LEVEL": "INFO",
        }
        return env | self.more

    def launch(self, *command: str) -> None:
        """Begins `manage.py serve`, or another command that goes on, and does not wait."""
        self.port = self.port or free_port()
        self.data.mkdir(mode=0o700, exist_ok=True)
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [self.python, "manage.py", *(command or ["serve"])],
                cwd=self.folder,
                env=self.environment(),
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent(),
                **self.options,
            )

    def wait(self) -> None:
        """Waits until the site says that it runs. Raises RuntimeError with what it said if it ends before."""
        assert self.process is not None
        try:
            wait_until(lambda: self.process is None or self.process.poll() is not None or self._runs(), START_SECONDS)
        finally:
            if self.process.poll() is not None or not self._runs():
                raise RuntimeError(f"The site did not start:\n{self.said()[-3000:]}")

    def start(self, *command: str) -> None:
        self.launch(*command)
        self.wait()

    def stop(self, number: int = signal.SIGINT) -> None:
        """Stops the site as Ctrl-C does, or with another signal."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(STOP_SECONDS)
            self.process = None

    def run(self, code: str) -> str:
        """What the code prints, run with Django on this site in a process of its own."""
        done = self.manage("shell", "--no-imports", "-c", code)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [self.python, "manage.py", *words]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            **self.options,
        )

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, headers)

    def post(self, path: str, **fields: str) -> Answer:
        """Posts a form with a CSRF token."""
        body = urlencode(fields | {"csrfmiddlewaretoken": CSRF})
        headers = {"Cookie": f"csrf={CSRF}", "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, headers, body)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> Answer:
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            return Answer(answer.status, answer.headers, text, time.monotonic() - started)
        finally:
            connection.close()

    def _runs(self) -> bool:
        return self.said().count("The trust center is running at") > 0


@contextmanager
def running(data: Path, **environment: str) -> Iterator[Site]:
    site = Site(data, environment)
    try:
        site.start()
        yield site
    finally:
        site.stop()


def wait_until(true: Callable[[], bool], seconds: float) -> float:
    """Waits until the function returns True, and returns the seconds that it took. Raises TimeoutError."""
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"not true after {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - started


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
