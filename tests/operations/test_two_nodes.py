"""Two nodes with one PostgreSQL: they start on an empty database at the same moment, and see each other's changes."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.operations.sites import Site, wait_until
from tests.postgres import Server

pytestmark = pytest.mark.site

CHANGE = """
from certifications.models import Profile
from trustcenter import audit
with audit.change(by=None) as change:
    Profile.objects.update_or_create(pk=1, defaults={"name": "Changed elsewhere", "as_of": "2026-01-01"})
    change.public_content_changed = True
"""


@pytest.fixture(scope="module")
def nodes(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE nodes")
    folder = tmp_path_factory.mktemp("operations")
    shared = {
        "DATABASE_URL": f"{server.url.rpartition('/')[0]}/nodes",
        "SECRET_KEY": "kQ8f-2vLw0Zr7XsYbTn4Hc9JmPd6GaUe1iOoRqEy5tVxKlWzBhNuFjCg",
    }
    found = [Site(folder / name, shared) for name in ("one", "two")]
    try:
        for node in found:
            node.launch()
        yield found
    finally:
        for node in found:
            node.stop()


def test_both_start_on_an_empty_database(nodes):
    for node in nodes:
        node.wait()
        assert node.get("/", Cookie=f"session={'0' * 32}").status == 200
        assert "Traceback" not in node.said()


def test_who_asks_two_seconds_after_a_change_on_one_reads_it_on_the_other(nodes):
    one, other = nodes
    wait_until(lambda: other.get("/").status == 200, 10)
    assert "Changed elsewhere" not in other.get("/").text
    one.run(CHANGE)
    time.sleep(2)
    assert all("Changed elsewhere" in other.get("/").text for _ in range(8))
