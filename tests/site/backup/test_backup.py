"""What a backup contains, what it leaves out, and what it refuses."""

import json
import os
import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from trustcenter.site.backup import databases, making
from trustcenter.site.backup.manifest import Manifest

pytestmark = [pytest.mark.django_db, pytest.mark.site]


def modes(folder: Path) -> set[str]:
    return {oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.rglob("*") if path.is_file()}


def test_backup_contains_the_log_and_every_file(backed):
    told = Manifest.read(backed.folder)
    told.verify(backed.folder)
    assert (told.log_size, told.log_root) == (backed.facts["size"], backed.facts["root"])
    assert len(list(told.below("objects"))) == backed.facts["files"]
    assert f"audit log with {told.log_size} records and root {told.log_root}" in backed.said
    on_disk = {str(path.relative_to(backed.folder)) for path in backed.folder.rglob("*") if path.is_file()}
    assert on_disk == {*told.files, "manifest.json"}


def test_backup_is_readable_only_by_its_owner_and_has_keys_in_a_separate_folder(backed):
    assert modes(backed.folder) == {"0o600"}
    assert stat.S_IMODE((backed.folder / "keys").stat().st_mode) == 0o700
    assert (backed.folder / "keys/secret_key").read_text() == (backed.site.data / "secret_key").read_text()
    assert (backed.folder / "keys/vault.key").read_bytes() == (backed.site.data / "keys/vault.key").read_bytes()


@pytest.mark.postgresql
def test_dump_is_readable_only_by_its_owner_while_it_is_written(racing, tmp_path, monkeypatch):
    seen = []

    def look(program, options):
        (target,) = (Path(option.removeprefix("--file=")) for option in options if option.startswith("--file="))
        target.write_bytes(b"names and addresses")
        seen.append(modes(tmp_path))

    monkeypatch.setattr(databases, "postgres_program", lambda name: name)
    monkeypatch.setattr(databases, "_run", look)
    for _round in range(2):
        databases.dump(tmp_path / "database.pgdump")
    assert seen == [{"0o600"}] * 2


OLD_PROGRAM = """#!/bin/sh
# pg_dump of PostgreSQL 15 ends like this for every option that is newer than itself.
case "$*" in *sslcertmode*|*gssdelegation*|*sslnegotiation*) echo 'invalid connection option "sslcertmode"' >&2; exit 1 ;; esac
case "$*" in *password*=*) exit 2 ;; esac
"""


@pytest.mark.postgresql
def test_older_program_gets_only_options_that_the_settings_name(db, tmp_path):
    program = tmp_path / "pg_dump"
    program.write_text(OLD_PROGRAM)
    program.chmod(0o700)
    assert "sslcertmode" in connection.connection.info.get_parameters()
    databases._run(str(program), [])


def test_backup_that_cannot_read_the_keys_is_refused(db, settings, tmp_path):
    settings.DATA_DIR, settings.KEYS_DIR = tmp_path, tmp_path / "keys"
    settings.KEYS_DIR.mkdir(mode=0o700)
    (settings.KEYS_DIR / "seal.key").write_text("secret")
    me = os.geteuid()
    settings.KEYS_DIR.chmod(0)
    if me == 0:
        os.chown(tmp_path, 65534, -1)
        for parent in tmp_path.parents[:2]:
            parent.chmod(0o755)
        os.seteuid(65534)
    try:
        with pytest.raises(making.Refused, match="--without-keys"):
            making.make(tmp_path / "backup", with_keys=True)
        assert not (tmp_path / "backup").exists()
    finally:
        os.seteuid(me)
        settings.KEYS_DIR.chmod(0o700)


def test_backup_is_recorded_in_the_site_s_log(backed):
    now = backed.site.ask("facts")
    assert (now["last"], now["size"]) == ("backup.made", backed.facts["size"] + 1)


@pytest.mark.once
def test_backup_without_keys_contains_none(backed, tmp_path):
    done = backed.site.manage("backup", tmp_path / "apart", "--without-keys")
    assert done.returncode == 0
    assert "The backup has no keys" in done.stdout
    secrets = [(backed.site.data / name).read_bytes() for name in ("secret_key", "keys/vault.key")]
    for path in (tmp_path / "apart").rglob("*"):
        assert path.is_dir() or not any(secret in path.read_bytes() for secret in secrets), path


@pytest.mark.once
def test_non_empty_folder_is_refused(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(CommandError, match="is not empty"):
        call_command("backup", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.once
def test_backup_contains_no_session(backed):
    assert backed.facts["sessions"]
    with closing(sqlite3.connect(backed.folder / "database.sqlite3")) as copy:
        assert copy.execute("SELECT COUNT(*) FROM accounts_session").fetchone() == (0,)
    with closing(sqlite3.connect(backed.site.data / "trustcenter.sqlite3")) as living:
        key = living.execute("SELECT session_key FROM accounts_session").fetchone()[0]
    assert key.encode() not in (backed.folder / "database.sqlite3").read_bytes()


@pytest.mark.postgresql
def test_missing_database_programs_are_named(backed, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.site.backup.sites.programs", lambda: str(tmp_path))
    done = backed.site.manage("backup", tmp_path / "backup", PATH="/nowhere")
    assert done.returncode == 1
    assert "apt-get install postgresql-client-18" in done.stderr
    assert not (tmp_path / "backup" / "manifest.json").exists()


@pytest.mark.once
def test_file_deleted_during_the_backup_is_in_neither_part(backed, restored, make_site, tmp_path):
    made = restored.site.ask("backup_while_a_file_goes", str(tmp_path / "backup"))
    assert made["missing"] == [] and made["gone"] not in made["names"]
    assert len(made["names"]) == backed.facts["files"]
    # Its row is not in the copy of the database either, or the restored site would lack the file.
    done = make_site().manage("restore", tmp_path / "backup")
    assert done.returncode == 0, done.stderr


def test_backup_is_consistent_while_others_write(backed, restored, make_site, tmp_path):
    site = restored.site
    with ThreadPoolExecutor() as others:
        rounds = [others.submit(site.ask, "busy", str(tmp_path / "enough")) for _writer in range(2)]
        deadline = time.monotonic() + 60
        while site_files(site) < backed.facts["files"] + 8 and time.monotonic() < deadline:
            time.sleep(0.1)
        done = site.manage("backup", tmp_path / "backup")
        after = site_files(site)
        (tmp_path / "enough").touch()
        assert sum(writer.result() for writer in rounds) > 8
    assert done.returncode == 0, done.stderr
    told = Manifest.read(tmp_path / "backup")
    assert backed.facts["files"] < len(list(told.below("objects"))) < after
    done = make_site().manage("restore", tmp_path / "backup")
    assert done.returncode == 0, done.stderr
    assert f"The log is valid: {told.log_size} records, root {told.log_root}." in done.stdout


def site_files(site) -> int:
    return sum(path.is_file() for path in (site.data / "files").rglob("*"))


@pytest.mark.once
def test_backup_names_files_that_the_site_has_lost(backed, make_site, tmp_path):
    site = make_site()
    assert site.manage("restore", backed.folder).returncode == 0
    lost = site.ask("lose_a_file")
    done = site.manage("backup", tmp_path / "backup")
    assert done.returncode == 1
    assert f"already lost stored files (1): {lost}" in done.stderr
    assert json.loads((tmp_path / "backup" / "manifest.json").read_text())["missing"] == [lost]
    done = make_site().manage("restore", tmp_path / "backup")
    assert done.returncode == 0, done.stderr
    assert f"Stored files that were lost before the backup: 1. Among them: {lost}." in done.stdout
