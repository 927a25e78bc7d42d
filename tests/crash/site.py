"""The real site, as `manage.py serve` starts it, and its processes, which can be killed."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from bench.memory import below, command_of
from trustcenter.work.processes import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, STOP_SECONDS = 240, 20
# The settings of the test run must not reach the site.
OURS = {"ALLOWED_HOSTS", "DATABASE_URL", "DEBUG", "SECRET_KEY", "SITE_URL", "TRUSTCENTER_TEST_RUN"}


class Kind(StrEnum):
    """What can be killed. `SITE` is every process at once, as when the machine crashes."""

    WEB_WORKER = "web worker"
    WEB_SERVER = "web server"
    TASK_WORKER = "task worker"
    CHILD = "sandboxed child"
    SITE = "whole site"


@dataclass
class CrashSite:
    """One site with its data folder, database and port, which can be started many times."""

    data: Path
    mail_port: int
    database_url: str = ""
    port: int = field(default_factory=lambda: free_port())
    process: "subprocess.Popen[bytes] | None" = None
    kills: dict[str, int] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    def environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {
            "DJANGO_SETTINGS_MODULE": "trustcenter.settings",
            "TRUSTCENTER_DATA": str(self.data),
            "TRUSTCENTER_DEMO": "1",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "MAIL_URL": f"smtp://127.0.0.1:{self.mail_port}?starttls=0",
            # Every person has their own address, as behind a proxy, because rate limits count per network.
            "TRUSTED_PROXIES": "1",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }
        return env | ({"DATABASE_URL": self.database_url} if self.database_url else {})

    def start(self) -> None:
        """Starts the site and waits until it answers. It tries again if the start fails on a busy machine, as systemd does."""
        for last in (False, False, True):
            try:
                return self._start()
            except RuntimeError:
                if last:
                    raise

    def _start(self) -> None:
        welcomed = self._welcomes()
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.launch"],
                cwd=ROOT,
                env=self.environment(),
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent(),
            )
        deadline = time.monotonic() + START_SECONDS
        while self._welcomes() == welcomed:
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.kill_everything()
                raise RuntimeError(f"The site did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stops the site as Ctrl-C does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(STOP_SECONDS)
            self.process = None

    def running(self) -> dict[Kind, list[int]]:
        """The running processes of each kind, all of them below the one that we started."""
        found: dict[Kind, list[int]] = {}
        if self.process is None:
            return found
        for pid in below(self.process.pid):
            if kind := _kind(pid):
                found.setdefault(kind, []).append(pid)
        return found

    def kill(self, kind: Kind, chance: random.Random) -> bool:
        """Kills a random process of that kind. Returns False if there is none."""
        if kind is Kind.SITE:
            self.kill_everything()
            self.start()
        else:
            pids = self.running().get(kind)
            if not pids:
                return False
            with suppress(ProcessLookupError):
                os.kill(chance.choice(pids), signal.SIGKILL)
        self.kills[kind] = self.kills.get(kind, 0) + 1
        return True

    def kill_everything(self) -> None:
        """Kills every process of the site at once."""
        if self.process is None:
            return
        # Stop it first, so that it starts nothing new while we list its processes.
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGSTOP)
        pids = below(self.process.pid)
        self.process.kill()
        self.process.wait()
        self.process = None
        deadline = time.monotonic() + STOP_SECONDS
        # Again, for processes that one of them had just started.
        while (pids := [pid for pid in {*pids, *self._orphans()} if _alive(pid)]) and time.monotonic() < deadline:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, http.client.HTTPException):
            return False

    def _orphans(self) -> set[int]:
        """Processes that outlived their killed parent, found by our data folder in their environment."""
        mark = f"TRUSTCENTER_DATA={self.data}\0".encode()
        return {int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if mark in _read(path)}

    def ask(self, function: str, *arguments: Any) -> Any:
        """The result of a function of `tests.crash.inside`, called with Django on this site in a separate process."""
        command = [sys.executable, "-m", "tests.crash.inside", function]
        done = subprocess.run(
            command,
            env=self.environment(),
            cwd=ROOT,
            input=json.dumps(arguments),
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode:
            raise RuntimeError(f"{function} failed: {done.stderr[-3000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def _welcomes(self) -> int:
        return self.log.read_text().count("The trust center is running at") if self.log.exists() else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _kind(pid: int) -> Kind | None:
    try:
        command, parent = command_of(pid), command_of(_parent(pid))
    except OSError:
        return None
    if "sandbox/child.py" in command:
        return Kind.CHILD
    if "manage.py worker" in command and "manage.py worker" not in parent:
        return Kind.TASK_WORKER
    if "-m granian" in command and "-m granian" not in parent:
        return Kind.WEB_SERVER
    if "-m granian" in parent and "resource_tracker" not in command:
        return Kind.WEB_WORKER
    return None


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
