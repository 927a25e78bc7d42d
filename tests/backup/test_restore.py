"""A restored site is the site that was backed up, and refuses to become anything else."""

import json
import shutil
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.django_db


def test_restored_site_serves_and_its_log_goes_on(backed, make_site):
    site = make_site()
    done = site.manage("restore", backed.folder)
    assert done.returncode == 0, done.stderr
    size, files = backed.facts["size"], backed.facts["files"]
    assert f"The log is whole: {size} records, root {backed.facts['root']}." in done.stdout
    assert f"All {files} stored files open" in done.stdout
    restored = site.ask("facts")
    assert (restored["size"], restored["last"]) == (size + 1, "backup.restored")
    assert restored["sessions"] == 0, "nobody is signed in on a restored site"
    assert (site.data / "secret_key").read_text() == (backed.site.data / "secret_key").read_text()
    assert (site.data / "keys/vault.key").read_bytes() == (backed.site.data / "keys/vault.key").read_bytes()

    later = site.ask("life")
    assert later["download"] == {"status": 200, "fits": True}
    # The code, the sign-in, the copy that began and ended: nothing is missing between them and the backup.
    assert later["deliveries"] == backed.facts["deliveries"] + 1
    assert later["size"] >= size + 4
    verified = site.manage("audit", "verify")
    assert verified.returncode == 0 and f"{later['size']} records" in verified.stdout


def test_restored_log_still_refuses_to_be_changed(backed, make_site):
    site = make_site()
    assert site.manage("restore", backed.folder).returncode == 0
    before = site.ask("facts")
    for statement, said in site.ask("tampering").items():
        assert "the audit log" in said, statement
    assert site.ask("facts") == before


def test_refuses_a_site_that_is_not_empty(backed, make_site):
    before = backed.site.ask("facts")
    done = backed.site.manage("restore", backed.folder)
    assert done.returncode == 1
    assert "The site is not empty" in done.stderr
    assert backed.site.ask("facts") == before
    # Files alone are somebody's site too.
    other = make_site()
    shutil.copytree(backed.site.data / "files", other.data / "files")
    stray = other.data / "files" / "zz" / "zz" / ("z" * 16)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"mine")
    done = other.manage("restore", backed.folder)
    assert done.returncode == 1
    assert "1 stored files that are not in this backup" in done.stderr


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("no manifest", "it is no backup, or one that was never finished"),
        ("an object", "is not the file that was written"),
        ("a missing object", "cannot be read"),
        ("the database", "database"),
        ("another kind", "A backup is restored on the kind of database it was made on"),
        ("a newer version", "which is newer than this one"),
    ],
)
def test_refuses_what_is_not_the_whole_backup(backed, copied, make_site, spoil, words):
    told = json.loads((copied / "manifest.json").read_text())
    victim = next(path for path in sorted(told["files"]) if path.startswith("objects/"))
    database = next(path for path in told["files"] if path.startswith("database."))
    match spoil:
        case "no manifest":
            (copied / "manifest.json").unlink()
        case "an object":
            flip(copied / victim)
        case "a missing object":
            (copied / victim).unlink()
        case "the database":
            flip(copied / database)
        case "another kind":
            told["database"] = {"sqlite": "postgresql", "postgresql": "sqlite"}[told["database"]]
        case "a newer version":
            told["migrations"].append("documents.9999_from_the_future")
    if spoil != "no manifest":
        (copied / "manifest.json").write_text(json.dumps(told))
    site = make_site()
    done = site.manage("restore", copied)
    assert done.returncode == 1
    assert words in done.stderr and "Traceback" not in done.stderr
    assert not (site.data / "files").exists() and not (site.data / "restoring").exists()
    assert not (site.data / "trustcenter.sqlite3").exists()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_database_that_does_not_fit_its_manifest_stays_shut(backed, copied, make_site):
    """Someone who can write the backup can write its hashes too, but not the root of another log."""
    told = json.loads((copied / "manifest.json").read_text())
    told["log_root"] = "00" * 32
    (copied / "manifest.json").write_text(json.dumps(told))
    site = make_site()
    done = site.manage("restore", copied)
    assert done.returncode == 1
    assert "The log is not the one of the backup" in done.stderr
    refused = site.manage("serve", PORT="0")
    assert refused.returncode == 1
    assert "trustcenter.E011" in refused.stderr


KILLED_BEFORE = {
    "the database": "databases.load",
    "the checks": "restoring._check",
    "its last record": "restoring._write_record",
}


@pytest.mark.parametrize("moment", KILLED_BEFORE)
def test_killed_half_way_it_goes_on_with_the_same_command(backed, make_site, moment):
    site = make_site()
    module, name = KILLED_BEFORE[moment].split(".")
    program = f"""
import os, signal, sys, django
django.setup()
from trustcenter.backup import {module}
{module}.{name} = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
from django.core.management import call_command
call_command("restore", sys.argv[1])
"""
    import subprocess

    from tests.backup.sites import ROOT

    command = [sys.executable, "-c", program, str(backed.folder)]
    killed = subprocess.run(command, cwd=ROOT, env=site.environment(), capture_output=True, text=True)
    assert killed.returncode == -9, killed.stderr
    assert (site.data / "restoring").exists()
    done = site.manage("restore", backed.folder)
    assert done.returncode == 0, done.stderr
    assert not (site.data / "restoring").exists()
    restored = site.ask("facts")
    assert (restored["size"], restored["last"]) == (backed.facts["size"] + 1, "backup.restored")
    assert restored["files"] == backed.facts["files"]


def test_another_key_is_never_replaced(backed, make_site):
    site = make_site()
    (site.data / "keys").mkdir(mode=0o700)
    (site.data / "keys" / "vault.key").write_bytes(b"another")
    done = site.manage("restore", backed.folder)
    assert done.returncode == 1
    assert "a key is never replaced" in done.stderr
    assert (site.data / "keys" / "vault.key").read_bytes() == b"another"
    assert not (site.data / "files").exists()
