import json

import pytest
from django.conf import settings
from django.db import connection

from trustcenter.vault import confinement
from trustcenter.vault.confinement import seccomp
from trustcenter.work.clock import run_due
from trustcenter.work.models import Routine

pytestmark = pytest.mark.django_db


def test_healthy_site(client):
    run_due()
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "web": "ok",
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
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["worker"]) == (200, "silent")


def test_broken_storage_is_reported_without_its_path(client, tmp_path, settings):
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_DIR.write_text("a file where the folder should be")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["storage"]) == (503, "failing")
    assert answer.json()["database"] == "ok"
    assert str(tmp_path) not in answer.text


def test_broken_database_is_reported(client, monkeypatch):
    def refuse(*args):
        raise OSError("host db.internal does not answer")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert json.loads(answer.text) == {
        "web": "ok",
        "database": "failing",
        "storage": "ok",
        "sandbox": confinement.missing() or "ok",
    }


def test_database_without_its_tables_is_reported(client):
    name = connection.ops.quote_name(Routine._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO elsewhere")
    assert client.get("/healthz").json()["database"] == "failing"


def test_system_without_a_sandbox_is_reported(client, monkeypatch):
    monkeypatch.setattr(seccomp, "MACHINES", {})
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert "no system call filter" in answer.json()["sandbox"]


def test_health_accepts_only_get(client):
    assert client.post("/healthz").status_code == 405


def test_storage_probe_leaves_no_file(client):
    client.get("/healthz")
    assert not list(settings.FILES_DIR.glob(".probe-*"))
