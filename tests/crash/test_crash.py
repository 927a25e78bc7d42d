"""The site keeps its promises if it is killed at any moment. `make crash` does the full run: 20 prospects, 100 kills."""

import os
import random
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.browser.conftest import filled
from tests.crash.run import Plan, crash

pytestmark = pytest.mark.site


@pytest.fixture
def database_url(db):
    """A separate database on the server of this run, or "" for SQLite, whose file is in the data folder."""
    if connection.vendor == "sqlite":
        yield ""
        return
    server, name = os.environ["DATABASE_URL"], f"crash_{random.randrange(10**9)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    yield server.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_every_promise_is_kept_after_kills_at_random_moments(database_url):
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(10**6))
    folder = Path(tempfile.mkdtemp(prefix="trustcenter-crash-"))
    if not database_url:
        shutil.copytree(filled(), folder / "data")
    try:
        outcome = crash(
            folder / "data",
            Plan(kills=4, prospects=4, between=(0.3, 1.5), seed=seed, seconds_at_most=30),
            database_url,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert not outcome.broken, f"{outcome}\n" + "\n".join(outcome.broken)
    # A run in which nobody completed anything would keep every promise.
    assert outcome.counts["signatures"] and outcome.counts["finished deliveries"], str(outcome)
