"""`manage.py serve` as a process: its refusals are sentences, and it stops completely."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
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
    return manage(data, "serve", **environment)


def manage(data, *words, **environment) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}}
    env |= {"TRUSTCENTER_DATA": str(data)} | environment
    command = [sys.executable, "manage.py", *words]
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


@dataclass
class Run:
    """What the first start of a site in an empty folder left there, and what its stop said."""

    data: Path
    # A second start in the same folder, while the site ran.
    second: "subprocess.CompletedProcess[str]"
    pid: int
    ready: int
    returncode: int
    seconds: float
    processes: str
    content: object


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    data = tmp_path_factory.mktemp("first")
    before = os.umask(0o022)
    try:
        site = start_site(data)
    finally:
        os.umask(before)
    try:
        second = serve(data, TRUSTCENTER_DEMO="1")
        ready = status_of(f"{site.url}/readyz")
    finally:
        seconds = stop_site(site)
    left = subprocess.run(ALIVE.split(), capture_output=True, text=True, check=True).stdout
    (data / "serve.log").unlink()
    return Run(data, second, site.process.pid, ready, site.process.returncode, seconds, left, content_of(data))


def content_of(data: Path) -> tuple[object, ...]:
    # Closing removes the files beside the database, which a test lists.
    with closing(sqlite3.connect(data / "trustcenter.sqlite3")) as database:
        tables = ("documents_documentversion", "vault_storedfile", "accounts_user", "ndaflow_agreementversion")
        rows = [database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
        records = database.execute("SELECT number, root FROM audit_record ORDER BY number").fetchall()
    files = sorted(path.name for path in (data / "files").rglob("*") if path.is_file())
    return rows, records, files, (data / "secret_key").read_text()


def test_second_site_on_one_folder_is_refused_and_stop_leaves_no_process(first):
    assert first.second.returncode == 1
    assert f"in use by process {first.pid}" in first.second.stderr
    assert first.ready == 200
    assert first.seconds < 10
    assert first.returncode == 0
    assert str(first.data) not in first.processes


def test_what_the_site_writes_is_its_own_however_it_was_started(first):
    # Django gives static files, which are public, a mode of their own.
    private = [path for path in first.data.rglob("*") if first.data / "static" not in path.parents]
    assert len(private) > 10 and [path for path in private if path.stat().st_mode & 0o077] == []


def test_check_finds_what_a_start_would_refuse(tmp_path):
    (tmp_path / "keys").mkdir()
    production = {"SITE_URL": "http://127.0.0.1:8000", "MAIL_URL": "log:", "HOST": "192.0.2.1", "PORT": "8000"}
    for more, number in (
        ({}, "E025"),
        ({"HOST": "127.0.0.1", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "E026"),
    ):
        done = manage(tmp_path, "check", "--deploy", **production | more)
        assert f"trustcenter.{number}" in done.stderr and done.returncode == 1
        assert "Traceback" not in done.stderr
        assert serve(tmp_path, **production | more).returncode in {1, REFUSED}
    done = manage(tmp_path, "check", "--deploy", **production | {"HOST": "127.0.0.1"})
    assert done.returncode == 0 and "trustcenter.W014" in done.stderr


def test_restart_keeps_the_content_and_sigterm_stops_the_site(first):
    site = start_site(first.data)
    assert stop_site(site, signal.SIGTERM) < 10
    assert site.process.returncode == 0
    assert content_of(first.data) == first.content
    assert len(first.content[0][0]) == 6 and first.content[1]
