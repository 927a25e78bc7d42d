"""A restored site equals the one that was backed up. Any other restore is refused."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.site.backup.sites import ROOT
from tests.vault.bucket import storage
from trustcenter.site.backup import databases
from trustcenter.site.backup.restoring import Refused, restore

pytestmark = [pytest.mark.django_db, pytest.mark.site]


def test_restored_site_equals_the_one_that_was_backed_up(backed, restored):
    size, files = backed.facts["size"], backed.facts["files"]
    assert f"The log is valid: {size} records, root {backed.facts['root']}." in restored.said
    assert f"Stored files that open and match their SHA-256: {files}." in restored.said
    assert "including revocations: check who has access" in restored.said
    assert (restored.facts["size"], restored.facts["last"]) == (size + 1, "backup.restored")
    assert restored.facts["sessions"] == 0, "a session was restored"
    for key in ("secret_key", "keys/vault.key", "keys/seal.key", "keys/seal-root.key"):
        assert (restored.site.data / key).read_bytes() == (backed.site.data / key).read_bytes()
    assert not (restored.site.data / "restoring").exists()


def test_restored_site_agrees_with_every_checkpoint_and_seal(backed, restored, tmp_path):
    assert "Checkpoints that the log agrees with: 1." in restored.said and "with a valid seal: 1." in restored.said
    # The first was signed before the backup, and kept by somebody else.
    old, earlier = backed.site.ask_each("sign", "first_checkpoint")
    (tmp_path / "old.checkpoint").write_text(earlier["note"])
    check = ["audit", "verify", "--checkpoint", tmp_path / "old.checkpoint", "--key", earlier["key"]]
    done = restored.site.manage(*check)
    assert done.returncode == 0, done.stderr
    # The signer's state was not restored to an earlier time, so it continues from the restored log.
    assert not (restored.site.data / "keys" / "log.checkpoint").exists()
    assert restored.site.ask("sign")["key"] == old["key"]


@pytest.fixture(scope="module")
def used(restored):
    """Facts of the restored site, what happened when it was used, and when its log was tampered with."""
    return restored.site.ask_each("facts", "life", "tampering")


def test_restored_site_serves_and_its_log_continues(used):
    before, later, _tampering = used
    assert later["download"] == {"status": 200, "fits": True}
    # The code, the sign-in, the start and the end of the download; `facts` has recomputed the whole log.
    assert later["deliveries"] == before["deliveries"] + 1
    assert later["size"] == before["size"] + 4


def test_restored_log_still_refuses_to_be_changed(used):
    assert len(used[2]) > 4
    for statement, said in used[2].items():
        assert "the audit log" in said, statement


def content_of(data: Path) -> tuple[list[str], dict[str, bytes]]:
    """The rows of a site on SQLite, and its files and keys."""
    with closing(sqlite3.connect(data / "trustcenter.sqlite3")) as database:
        rows = list(database.iterdump())
    folders = (data / "files", data / "keys")
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return rows, {str(path): path.read_bytes() for path in paths}


@pytest.mark.once
def test_restore_into_a_non_empty_site_is_refused(backed, make_site):
    before = content_of(backed.site.data)
    done = backed.site.manage("restore", backed.folder)
    assert done.returncode == 1
    assert "The site is not empty" in done.stderr
    assert content_of(backed.site.data) == before
    # A data folder with files only is also a site.
    other = make_site()
    shutil.copytree(backed.site.data / "files", other.data / "files")
    done = other.manage("restore", backed.folder)
    assert done.returncode == 1
    assert f"{backed.facts['files']} other files" in done.stderr
    assert not (other.data / "restoring").exists()


def lying(bucket) -> dict[str, str]:
    """The objects and the unfinished uploads in the bucket."""
    objects = {item.key: item.e_tag for item in bucket.objects.all()}
    return objects | {upload.object_key: upload.id for upload in bucket.multipart_uploads.all()}


def fill(bucket, folder: Path, prefix: str) -> None:
    """Puts the objects of a backup into the bucket."""
    for path in folder.glob("objects/??/??/*"):
        bucket.put_object(Key=f"{prefix}/{path.name}", Body=path.read_bytes())


class Killed(Exception):
    pass


def killed(*arguments) -> None:
    raise Killed


def try_to_restore(folder: Path) -> None:
    restore(folder, lambda words: None)


@pytest.mark.once
def test_bucket_of_a_running_site_is_refused_and_unchanged(backed, bucket, empty_site):
    """Even if nothing was stored since the backup, because the restored site would delete what is stored next."""
    fill(bucket, backed.folder, "vault")
    bucket.Object("vault/0123456789abcdef").initiate_multipart_upload()
    before = lying(bucket)
    with pytest.raises(Refused, match=f"{backed.facts['files']} other files.*VAULT_STORAGE"):
        try_to_restore(backed.folder)
    assert lying(bucket) == before
    assert {path.name for path in empty_site.iterdir()} == {"serve.lock"}


@pytest.mark.once
def test_unfinished_upload_in_an_empty_bucket_is_not_touched(backed, bucket, empty_site, monkeypatch):
    bucket.Object("vault/0123456789abcdef").initiate_multipart_upload()
    before = lying(bucket)
    monkeypatch.setattr(databases, "load", killed)
    with pytest.raises(Killed):
        try_to_restore(backed.folder)
    assert before.items() <= lying(bucket).items()


@pytest.mark.once
def test_interrupted_restore_continues_only_with_its_storage(backed, bucket, empty_site, monkeypatch, settings):
    monkeypatch.setattr(databases, "load", killed)
    with pytest.raises(Killed):
        try_to_restore(backed.folder)
    whole = lying(bucket)
    assert len(whole) == backed.facts["files"]
    unfinished = bucket.Object(next(iter(whole)))
    unfinished.delete()
    unfinished.initiate_multipart_upload()
    fill(bucket, backed.folder, "live")
    before = lying(bucket)
    settings.STORAGES = settings.STORAGES | {"vault": storage("live")}
    with pytest.raises(Refused, match="VAULT_STORAGE"):
        try_to_restore(backed.folder)
    assert lying(bucket) == before
    settings.STORAGES = settings.STORAGES | {"vault": storage("vault")}
    with pytest.raises(Killed):
        try_to_restore(backed.folder)
    assert {key: tag for key, tag in lying(bucket).items() if key in whole} == whole


SPOILT = {
    "no manifest": "it is not a backup, or the backup was not finished",
    "an object": "of this backup is damaged",
    "a missing object": "cannot be read",
    "the database": "of this backup is damaged",
    "another kind": "only into the same kind of database",
    "a newer version": "which is newer than this version",
    "a path outside": "names a file outside the backup",
    "another format": "has a format that this version does not know",
}


@pytest.mark.once
def test_damaged_backup_is_refused_and_changes_nothing(backed, make_site, tmp_path):
    folders = [spoilt(backed.folder, tmp_path / how, how) for how in SPOILT]
    site = make_site()
    said = site.ask("refusals", [str(folder) for folder in folders])
    assert len(said) == len(SPOILT)
    for (how, words), sentence in zip(SPOILT.items(), said, strict=True):
        assert words in sentence, how
    assert {path.name for path in site.data.iterdir()} <= {"secret_key", "serve.lock"}


def spoilt(backup: Path, folder: Path, how: str) -> Path:
    shutil.copytree(backup, folder)
    told = json.loads((folder / "manifest.json").read_text())
    victim = next(path for path in sorted(told["files"]) if path.startswith("objects/"))
    match how:
        case "no manifest":
            (folder / "manifest.json").unlink()
            return folder
        case "an object":
            flip(folder / victim)
        case "a missing object":
            (folder / victim).unlink()
        case "the database":
            flip(folder / next(path for path in told["files"] if path.startswith("database.")))
        case "another kind":
            told["database"] = {"sqlite": "postgresql", "postgresql": "sqlite"}[told["database"]]
        case "a newer version":
            told["migrations"].append("documents.9999_from_the_future")
        case "a path outside":
            told["files"]["../outside"] = told["files"][victim]
        case "another format":
            told["format"] = 2
    (folder / "manifest.json").write_text(json.dumps(told))
    return folder


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_site_with_a_database_that_differs_from_its_manifest_does_not_start(backed, copied, make_site):
    """An attacker who can write the backup can also write its digests, but cannot give another log the same root."""
    told = json.loads((copied / "manifest.json").read_text())
    told["log_root"] = "00" * 32
    (copied / "manifest.json").write_text(json.dumps(told))
    site = make_site()
    done = site.manage("restore", copied)
    assert done.returncode == 1
    assert "The log is not that of the backup" in done.stderr
    refused = site.manage("serve", PORT="0")
    assert refused.returncode == 78
    assert "trustcenter.E011" in refused.stderr


MOMENTS = ["databases.load", "restoring._check", "restoring._write_record"]
KILLED = """
import os, signal, sys, django
django.setup()
from django.core.management import call_command
from trustcenter.site.backup import databases, restoring
module, name = sys.argv[1].split(".")
setattr(globals()[module], name, lambda *arguments: os.kill(os.getpid(), signal.SIGKILL))
call_command("restore", sys.argv[2])
"""


def test_killed_restore_continues_with_the_same_command(backed, make_site):
    site = make_site()
    for moment in MOMENTS:
        command = [sys.executable, "-c", KILLED, moment, str(backed.folder)]
        killed = subprocess.run(command, cwd=ROOT, env=site.environment(), capture_output=True, text=True)
        assert killed.returncode == -9, f"{moment}: {killed.stderr}"
        assert (site.data / "restoring").exists()
    done = site.manage("restore", backed.folder)
    assert done.returncode == 0, done.stderr
    assert not (site.data / "restoring").exists()
    restored = site.ask("facts")
    assert (restored["size"], restored["last"]) == (backed.facts["size"] + 1, "backup.restored")
    assert restored["files"] == backed.facts["files"]


@pytest.mark.once
def test_existing_key_is_never_replaced(backed, empty_site):
    (empty_site / "keys").mkdir(mode=0o700)
    (empty_site / "keys" / "vault.key").write_bytes(b"another")
    with pytest.raises(Refused, match="a key is never replaced"):
        try_to_restore(backed.folder)
    assert (empty_site / "keys" / "vault.key").read_bytes() == b"another"
    assert not (empty_site / "files").exists()
