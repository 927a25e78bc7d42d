"""`manage.py serve` as a process: its refusals are sentences, and it stops completely."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import Error, Tags, Warning, run_checks

from tests.browser.conftest import start_site, status_of, stop_site
from trustcenter.site import checks
from trustcenter.site.serve import REFUSED, CannotStart, must_pass

pytestmark = [pytest.mark.once, pytest.mark.site]
ALIVE = "ps -eo args"


def serve(data, **environment) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}}
    env |= {"TRUSTCENTER_DATA": str(data)} | environment
    command = [sys.executable, "manage.py", "serve"]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=60)


def test_port_in_use_gets_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = serve(tmp_path, TRUSTCENTER_DEMO="1", PORT=str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "Choose another address" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_start_with_a_demo_key_is_refused(tmp_path):
    (tmp_path / "secret_key").write_text("demo-" + "x" * 60)
    done = serve(tmp_path, PORT="0")
    assert done.returncode == 78
    assert "trustcenter.E001" in done.stderr


def test_start_with_mail_to_the_log_gives_a_warning(settings, capsys):
    settings.DEMO, settings.MAIL_URL = False, "log:"
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    found = run_checks(tags=[Tags.mail], include_deployment_checks=True) + checks.mail()
    must_pass(found, warn=print)
    assert "trustcenter.W014" in capsys.readouterr().out


def test_unavailable_key_has_another_exit_status_than_a_refusal():
    for refused, status in (({"E012"}, 78), ({"E012", "E015"}, 78), ({"E015"}, 1)):
        found = [Error("no", id=f"trustcenter.{number}") for number in refused]
        with pytest.raises(CannotStart) as refusal:
            must_pass([*found, Warning("perhaps", id="trustcenter.W010")], warn=print)
        assert refusal.value.status == status


def test_service_units_do_not_restart_after_a_refusal():
    for unit in ("trustcenter", "trustcenter-web"):
        text = Path(settings.BASE_DIR, "deploy", f"{unit}.service").read_text()
        assert f"\nRestartPreventExitStatus={REFUSED}\n" in text


def test_second_site_on_one_folder_is_refused_and_stop_leaves_no_process(tmp_path):
    site = start_site(tmp_path)
    try:
        second = serve(tmp_path, TRUSTCENTER_DEMO="1")
        assert second.returncode == 1
        assert f"in use by process {site.process.pid}" in second.stderr
        assert status_of(f"{site.url}/readyz") == 200
    finally:
        seconds = stop_site(site)
    assert seconds < 10
    assert site.process.returncode == 0
    left = subprocess.run(ALIVE.split(), capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in left


def test_restart_keeps_the_content_and_sigterm_stops_the_site(tmp_path):
    kept = []
    for _start in range(2):
        site = start_site(tmp_path)
        assert stop_site(site, signal.SIGTERM) < 10
        assert site.process.returncode == 0
        with sqlite3.connect(tmp_path / "trustcenter.sqlite3") as database:
            tables = ("documents_documentversion", "vault_storedfile", "accounts_user", "ndaflow_agreementversion")
            rows = [database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
            records = database.execute("SELECT number, root FROM audit_record ORDER BY number").fetchall()
        files = sorted(path.name for path in (tmp_path / "files").rglob("*") if path.is_file())
        kept.append((rows, records, files, (tmp_path / "secret_key").read_text()))
    assert kept[0] == kept[1]
    assert len(kept[0][0][0]) == 6 and kept[0][1]
