"""Makes a backup of the site while it runs."""

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from trustcenter import audit
from trustcenter.audit.actions import Action
from trustcenter.audit.text import utc_text
from trustcenter.site.backup import databases, manifest
from trustcenter.site.backup.manifest import KEYS, OBJECTS, Entry, Manifest
from trustcenter.vault import transfer
from trustcenter.vault.models import StoredFile

# Each round copies what the one before missed. Only a site that keeps deleting files needs a second round.
ROUNDS = 5


class Refused(Exception):
    """No backup was begun. The text is a sentence that says why."""


@dataclass(frozen=True)
class _Copied:
    snapshot: databases.Snapshot
    files: dict[str, Entry]
    missing: list[str]


def make(folder: Path, *, with_keys: bool) -> Manifest:
    """Makes a backup in an empty folder, and records it in the log afterwards.

    Raises Refused for a folder that is not empty, and databases.Failed. An unfinished backup has no manifest, so
    nobody can take it for a backup.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty. Name an empty or new folder for the backup.")
    keys = _readable_keys() if with_keys else []
    manifest.make_folder(folder)
    copied = _database_and_objects(folder)
    files = copied.files | _keys(folder, keys)
    made = Manifest(
        database=connection.vendor,
        database_version=databases.version(),
        migrations=list(copied.snapshot.migrations),
        log_size=copied.snapshot.log_size,
        log_root=copied.snapshot.log_root,
        application=application_version(),
        made_at=utc_text(timezone.now()),
        with_keys=with_keys,
        missing=copied.missing,
        files=files,
    )
    made.write(folder)
    with audit.change(by=None) as change:
        change.record(
            Action.BACKUP_MADE,
            size=made.log_size,
            root=made.log_root,
            objects=len(copied.snapshot.objects) - len(copied.missing),
            with_keys=with_keys,
            manifest_sha256=made.digest,
        )
    return made


def _database_and_objects(folder: Path) -> _Copied:
    """Copies the database first and its objects afterwards, so that no row of the copy lacks its object.

    If an object is deleted in between, with its row, both are copied again.
    """
    name = databases.FILES[connection.vendor]
    have: dict[str, Entry] = {}
    for _round in range(ROUNDS):
        snapshot = databases.dump(folder / name)
        gone = set()
        for stored in sorted(snapshot.objects - have.keys()):
            try:
                with transfer.open_object(stored) as source:
                    have[stored] = manifest.copy(source, _path(folder, stored))
            except FileNotFoundError:
                gone.add(stored)
        # A row that is still there has lost its object; no other instant would bring that back.
        lost = set(StoredFile.objects.filter(pk__in=gone).values_list("pk", flat=True))
        if gone == lost:
            break
    else:
        raise databases.Failed("Files were deleted faster than they could be copied. Please try again.")
    for stored in have.keys() - snapshot.objects:
        _path(folder, stored).unlink()
    files = {_relative(stored): have[stored] for stored in have.keys() & snapshot.objects}
    with (folder / name).open("rb") as database:
        files[name] = manifest.measure(database)
    return _Copied(snapshot, files, sorted(lost))


def _readable_keys() -> list[Path]:
    """The files of the keys. Raises Refused if this user cannot read one of them, or cannot see which there are."""
    try:
        found = list(key_files())
        for path in found:
            path.open("rb").close()
    except PermissionError as error:
        raise Refused(
            f"{error.filename} cannot be read by this user, so the backup would lack keys. Run it as the user that owns "
            "the keys, or make the backup with --without-keys and keep copies of the keys in another place."
        ) from error
    return found


def _keys(folder: Path, paths: list[Path]) -> dict[str, Entry]:
    copied = {}
    for path in paths:
        with path.open("rb") as source:
            copied[f"{KEYS}/{path.name}"] = manifest.copy(source, folder / KEYS / path.name)
    return copied


def key_files() -> Iterator[Path]:
    """The keys that open stored files and second factors, and that sign for the site."""
    if (secret_key := settings.DATA_DIR / "secret_key").exists():
        yield secret_key
    if not settings.KEYS_DIR.exists():
        return
    # `glob` would find nothing in a folder that this user cannot read.
    for name in sorted(os.listdir(settings.KEYS_DIR)):
        path = settings.KEYS_DIR / name
        # The file with the last checkpoint is left out: restored, it would no longer be the last one that was signed.
        if path.suffix not in {".lock", ".checkpoint"} and path.is_file():
            yield path


def application_version() -> str:
    return str(tomllib.loads(Path(settings.BASE_DIR, "pyproject.toml").read_text())["project"]["version"])


def _relative(name: str) -> str:
    return f"{OBJECTS}/{name[:2]}/{name[2:4]}/{name}"


def _path(folder: Path, name: str) -> Path:
    return folder / _relative(name)
