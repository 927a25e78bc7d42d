import json
import threading

import pytest
from django.conf import settings
from django.db import connection
from django.test import RequestFactory

from tests import cast
from tests.signin import staff_client
from trustcenter import wsgi
from trustcenter.site import health
from trustcenter.vault import confinement
from trustcenter.vault.confinement import seccomp
from trustcenter.work.clock import run_due
from trustcenter.work.models import Routine

pytestmark = pytest.mark.django_db


def test_healthy_site(client):
    run_due()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "storage": "ok",
        "worker": "ok",
        "log": "ok",
        "tasks_failed": 0,
        "sandbox": confinement.missing() or "ok",
    }
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies


def test_silent_worker_is_reported_and_the_node_stays_healthy(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()["worker"]) == (200, "degraded", "silent")


def test_broken_storage_is_reported_without_its_path(client, tmp_path, settings):
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_DIR.write_text("a file where the folder should be")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["storage"]) == (200, "failing")
    assert (answer.json()["status"], answer.json()["database"]) == ("degraded", "ok")
    assert str(tmp_path) not in answer.text


def test_broken_database_is_reported(client, monkeypatch):
    def refuse(*args):
        raise OSError("host db.internal does not answer")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert json.loads(answer.text) == {
        "status": "unavailable",
        "database": "failing",
        "storage": "ok",
        "sandbox": confinement.missing() or "ok",
    }


def test_database_without_its_tables_is_reported(client):
    name = connection.ops.quote_name(Routine._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO elsewhere")
    assert client.get("/readyz").json()["database"] == "failing"


def test_system_without_a_sandbox_is_reported(client, monkeypatch):
    monkeypatch.setattr(seccomp, "MACHINES", {})
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "no system call filter" in answer.json()["sandbox"]


def test_strangers_learn_one_word(client):
    run_due()
    assert client.get("/readyz", REMOTE_ADDR="192.0.2.1").json() == {"status": "ok"}
    # As behind a proxy that nobody has declared.
    assert client.get("/readyz", headers={"x-forwarded-for": "192.0.2.1"}).json() == {"status": "ok"}
    client.force_login(cast.rhea())
    assert client.get("/readyz", REMOTE_ADDR="192.0.2.1").json() == {"status": "ok"}


def test_staff_see_the_parts(client):
    run_due()
    staff_client(client, cast.ada())
    assert client.get("/readyz", REMOTE_ADDR="192.0.2.1").json()["tasks_failed"] == 0


class Storage:
    """A storage whose probe waits, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked, self.begun, self.go_on = 0, threading.Event(), threading.Event()

    def probe(self) -> None:
        self.asked += 1
        self.begun.set()
        assert self.go_on.wait(10)


def test_storage_is_asked_once_in_five_seconds(client, monkeypatch):
    storage = Storage()
    storage.go_on.set()
    monkeypatch.setattr(health, "objects", lambda: storage)
    monkeypatch.setattr(health, "FRESH", 5)
    monkeypatch.setattr(health, "readings", health.Readings())
    for _ in range(20):
        client.get("/readyz")
    assert storage.asked == 1


def test_nobody_waits_for_a_reading_while_the_former_one_is_usable(monkeypatch):
    storage = Storage()
    monkeypatch.setattr(health, "_read", lambda: {"database": "ok", "storage": storage.probe() or "ok"})
    readings = health.Readings()
    storage.go_on.set()
    assert readings.parts()["database"] == "ok"
    storage.go_on.clear()
    storage.begun.clear()
    slow = threading.Thread(target=readings.parts)
    slow.start()
    assert storage.begun.wait(10)
    assert readings.parts()["database"] == "ok" and storage.asked == 2
    storage.go_on.set()
    slow.join()


def test_reading_that_is_too_old_counts_as_failing(monkeypatch):
    storage = Storage()
    monkeypatch.setattr(health, "_read", lambda: {"database": "ok", "storage": storage.probe() or "ok"})
    monkeypatch.setattr(health, "STALE", 0)
    monkeypatch.setattr(health, "WAIT", 0.01)
    readings = health.Readings()
    slow = threading.Thread(target=readings.parts)
    slow.start()
    assert storage.begun.wait(10)
    assert readings.parts() == {"database": "failing"}
    storage.go_on.set()
    slow.join()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_process_is_alive_without_database_host_or_session(method, django_assert_num_queries):
    environ = RequestFactory().generic(method, "/livez", headers={"host": "10.0.0.7", "cookie": "session=abc"}).environ
    said = []
    with django_assert_num_queries(0):
        body = b"".join(wsgi.application(environ, lambda status, headers: said.append((status, dict(headers)))))
    assert body == (b"ok\n" if method == "GET" else b"")
    assert said[0][0] == "200 OK" and said[0][1]["Cache-Control"] == "no-store"


def test_health_accepts_only_get(client):
    assert client.post("/readyz").status_code == 405


def test_storage_probe_leaves_no_file(client):
    client.get("/readyz")
    assert not list(settings.FILES_DIR.glob(".probe-*"))
