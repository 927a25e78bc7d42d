"""A backup: what is in it, what is not, and what it refuses."""

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from trustcenter.backup.manifest import Manifest

pytestmark = pytest.mark.django_db


def modes(folder: Path) -> set[str]:
    return {oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.rglob("*") if path.is_file()}


def test_holds_the_log_and_every_file_and_says_so(backed):
    told = Manifest.read(backed.folder)
    told.verify(backed.folder)
    assert (told.log_size, told.log_root) == (backed.facts["size"], backed.facts["root"])
    assert len(list(told.below("objects"))) == backed.facts["files"]
    assert f"the log at {told.log_size} records with root {told.log_root}" in backed.said
    on_disk = {str(path.relative_to(backed.folder)) for path in backed.folder.rglob("*") if path.is_file()}
    assert on_disk == {*told.files, "manifest.json"}


def test_is_for_its_owner_alone_and_keeps_keys_apart(backed):
    assert modes(backed.folder) == {"0o600"}
    assert stat.S_IMODE((backed.folder / "keys").stat().st_mode) == 0o700
    assert (backed.folder / "keys/secret_key").read_text() == (backed.site.data / "secret_key").read_text()
    assert (backed.folder / "keys/vault.key").read_bytes() == (backed.site.data / "keys/vault.key").read_bytes()


def test_leaves_its_record_in_the_log_of_the_living_site(backed):
    now = backed.site.ask("facts")
    assert (now["last"], now["size"]) == ("backup.made", backed.facts["size"] + 1)


def test_without_keys_holds_none(backed, tmp_path):
    done = backed.site.manage("backup", tmp_path / "apart", "--without-keys")
    assert done.returncode == 0
    assert "The keys are not in it" in done.stdout
    secrets = [(backed.site.data / name).read_bytes() for name in ("secret_key", "keys/vault.key")]
    for path in (tmp_path / "apart").rglob("*"):
        assert path.is_dir() or not any(secret in path.read_bytes() for secret in secrets), path


def test_refuses_a_folder_that_is_not_empty(backed, tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    done = backed.site.manage("backup", tmp_path)
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.once
def test_holds_no_session_that_somebody_could_go_on_with(backed):
    assert backed.facts["sessions"]
    with closing(sqlite3.connect(backed.folder / "database.sqlite3")) as copy:
        assert copy.execute("SELECT COUNT(*) FROM django_session").fetchone() == (0,)
    with closing(sqlite3.connect(backed.site.data / "trustcenter.sqlite3")) as living:
        key = living.execute("SELECT session_key FROM django_session").fetchone()[0]
    assert key.encode() not in (backed.folder / "database.sqlite3").read_bytes()


@pytest.mark.postgresql
def test_asks_for_the_servers_own_programs(backed, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.backup.sites.programs", lambda: str(tmp_path))
    done = backed.site.manage("backup", tmp_path / "backup", PATH="/nowhere")
    assert done.returncode == 1
    assert "apt-get install postgresql-client-18" in done.stderr
    assert not (tmp_path / "backup" / "manifest.json").exists()


def test_says_which_files_the_site_itself_has_lost(backed, make_site, tmp_path):
    site = make_site()
    assert site.manage("restore", backed.folder).returncode == 0
    lost = site.ask("lose_a_file")
    done = site.manage("backup", tmp_path / "backup")
    assert done.returncode == 1
    assert f"has lost 1 stored files: {lost}" in done.stderr
    told = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert told["missing"] == [lost]
    again = make_site()
    restored = again.manage("restore", tmp_path / "backup")
    assert restored.returncode == 0, restored.stderr
    assert "1 stored file was lost before the backup" in restored.stdout
