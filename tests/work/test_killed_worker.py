"""Two real workers on one database: the work of the one that is killed goes on in the other, within half a minute."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from django.conf import settings

from trustcenter.work.processes import die_with_parent

pytestmark = [pytest.mark.once, pytest.mark.site]

WITHIN = 30.0
ENQUEUE = "import django; django.setup(); from tests.work.sample import wait; wait.enqueue('a')"


def holder(data) -> str:
    """The worker that is running the task now."""
    with closing(sqlite3.connect(data / "trustcenter.sqlite3", timeout=20)) as database:
        return database.execute("SELECT worker FROM work_task WHERE path LIKE '%sample.wait'").fetchone()[0]


def wait_for(true, seconds: float) -> float:
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds
        time.sleep(0.1)
    return time.monotonic() - started


def test_task_of_a_killed_worker_goes_on_within_half_a_minute(tmp_path):
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env |= {
        "TRUSTCENTER_DATA": str(tmp_path),
        "TRUSTCENTER_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "trustcenter.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }

    def start(*command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *command], cwd=settings.BASE_DIR, env=env, preexec_fn=die_with_parent(signal.SIGKILL)
        )

    assert start("manage.py", "migrate", "--verbosity", "0").wait(60) == 0
    assert start("-c", ENQUEUE).wait(60) == 0
    first = start("manage.py", "worker")
    wait_for(lambda: holder(tmp_path), 60)
    killed = holder(tmp_path)
    second = start("manage.py", "worker")
    try:
        first.kill()
        first.wait(10)
        assert wait_for(lambda: holder(tmp_path) not in {killed, ""}, 60) < WITHIN
    finally:
        second.kill()
        second.wait(10)
