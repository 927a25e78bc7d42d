"""The measured servers: the product as `manage.py serve` starts it, nginx with files, and `bench.floor`."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bench.memory import below, command_of
from trustcenter.work.processes import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS, STOP_SECONDS = 90, 15
# Set in the environment, these would change what is measured.
OURS = (
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DEBUG",
    "MAIL_URL",
    "SECRET_KEY",
    "SITE_URL",
    "TRUSTED_PROXIES",
)


@dataclass(frozen=True)
class Server:
    """A running server: its port and web workers, and for the product also the task worker and the first process."""

    port: int
    pids: list[int]
    worker: list[int] = field(default_factory=list)
    root: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def environment(data: Path, database_url: str = "", **more: str) -> dict[str, str]:
    """The environment of the product: its data folder, demo mode, and no other setting of the product."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    kept |= {
        "TRUSTCENTER_DATA": str(data),
        "TRUSTCENTER_DEMO": "1",
        "PYTHONPATH": str(ROOT),
        "LOG_LEVEL": "WARNING",
    }
    kept["DJANGO_SETTINGS_MODULE"] = "trustcenter.settings"
    return kept | ({"DATABASE_URL": database_url} if database_url else {}) | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def product(data: Path) -> Iterator[Server]:
    """The product on a free port; `pids` are its web workers."""
    port = free_port()
    env = environment(data, HOST="127.0.0.1", PORT=str(port), MAX_UPLOAD_MB="1200")
    log = data.with_suffix(".serve.log")
    with log.open("w") as out, _running([sys.executable, "manage.py", "serve"], out, env) as process:
        _wait(process, port, "/readyz", log)
        children = below(process.pid)
        web = next(pid for pid in children if "granian" in command_of(pid))
        worker = [pid for pid in children if "manage.py worker" in command_of(pid)]
        yield Server(port, below(web), worker, process.pid)


@contextmanager
def nginx(folder: Path, workers: int) -> Iterator[Server]:
    """nginx on a free port with the files of `folder`, the product's number of workers, and no access log."""
    port = free_port()
    prefix = folder.with_name(f"{folder.name}.nginx")
    prefix.mkdir()
    # nginx started by root would switch to a user who cannot read a temporary folder.
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    (prefix / "nginx.conf").write_text(
        f"""{user} daemon off; worker_processes {workers}; pid nginx.pid; error_log error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  types {{ text/html html; application/pdf pdf; }}
  server {{ listen 127.0.0.1:{port}; root {folder}; index index.html; }}
}}
"""
    )
    log = prefix / "error.log"
    command = [
        shutil.which("nginx") or "nginx",
        "-p",
        str(prefix),
        "-e",
        str(log),
        "-c",
        str(prefix / "nginx.conf"),
    ]
    with (prefix / "out").open("w") as out, _running(command, out, dict(os.environ)) as process:
        _wait(process, port, "/", log)
        yield Server(port, below(process.pid))


@contextmanager
def floor(file: Path, data: Path) -> Iterator[Server]:
    """`bench.floor` on a free port with `file`."""
    port = free_port()
    command = [sys.executable, "-m", "bench.floor", str(port), str(file)]
    log = data.with_suffix(".floor.log")
    with log.open("w") as out, _running(command, out, environment(data)) as process:
        _wait(process, port, "/", log)
        yield Server(port, [process.pid])


@contextmanager
def _running(command: list[str], out: IO[str], env: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        command,
        stdout=out,
        stderr=out,
        env=env,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=die_with_parent(),
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
            return
        except OSError as error:
            # nginx answers 403 or 404 without an index; /readyz answers 503 until everything works.
            if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                return
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start: {log.read_text()[-2000:]}")
