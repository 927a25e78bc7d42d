"""What a backup says of itself. Knows folders and hashes, nothing of Django."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from trustcenter.work.durable import sync_folder

FORMAT = 1
NAME, KEYS, OBJECTS = "manifest.json", "keys", "objects"
CHUNK = 1024 * 1024


class NotABackup(Exception):
    """The folder cannot be restored from; the text is a sentence that says why."""


@dataclass(frozen=True)
class Entry:
    """One file: bytes, and their SHA-256 in hex."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """Everything a restore has to know before it touches anything."""

    # SQLite or PostgreSQL with its version, and the migrations that the database has had, as "app.name".
    database: str
    database_version: str
    migrations: list[str]
    # Of the log in this database: how many records, and the RFC 6962 root over them in hex.
    log_size: int
    log_root: str
    application: str
    made_at: str
    with_keys: bool
    # Stored files that the site itself had lost when the backup was made.
    missing: list[str] = field(default_factory=list)
    # By path below the folder, with slashes.
    files: dict[str, Entry] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Whole or not at all: a folder without a manifest is no backup."""
        # A new folder's name is kept by the folder above it: all of them, before we say that everything is there.
        for part in (*(path for path in folder.rglob("*") if path.is_dir()), folder, folder.parent):
            sync_folder(part)
        draft = folder / f"{NAME}.draft"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(folder / NAME)
        sync_folder(folder)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises NotABackup for a half one, another format, or something else."""
        try:
            told = json.loads((folder / NAME).read_bytes())
        except FileNotFoundError:
            raise NotABackup(
                f"{folder} holds no {NAME}: it is no backup, or one that was never finished. Take another one."
            ) from None
        except ValueError as error:
            raise NotABackup(f"{folder / NAME} cannot be read: {error}.") from error
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise NotABackup(f"{folder / NAME} is of a format that this version does not know.")
        try:
            files = {str(path): Entry(**entry) for path, entry in told.pop("files").items()}
            found = cls(**told, files=files)
        except (KeyError, TypeError, AttributeError) as error:
            raise NotABackup(f"{folder / NAME} is not complete: {error}.") from error
        for path in files:
            if Path(path).is_absolute() or ".." in Path(path).parts:
                raise NotABackup(f"{folder / NAME} names a file outside of the backup: {path}.")
        return found

    def verify(self, folder: Path) -> None:
        """Reads every file once. Raises NotABackup naming the first that is missing or not what was written."""
        for path, entry in self.files.items():
            try:
                with (folder / path).open("rb") as file:
                    found = measure(file)
            except OSError as error:
                raise NotABackup(f"{path} of this backup cannot be read: {error.strerror}.") from error
            if found != entry:
                raise NotABackup(f"{path} of this backup is damaged: it is not the file that was written.")

    def below(self, folder: str) -> Iterator[str]:
        """The paths in one of the backup's folders."""
        return (path for path in self.files if path.startswith(f"{folder}/"))

    @property
    def digest(self) -> str:
        """What tells this backup from every other."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def measure(file: BinaryIO) -> Entry:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return Entry(size, digest.hexdigest())


def copy(source: BinaryIO, target: Path) -> Entry:
    """Writes a file that appears under its name only once it is whole and on the disk, for its owner alone."""
    make_folder(target.parent)
    draft = target.with_name(f"{target.name}.draft")
    digest, size = hashlib.sha256(), 0
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        while chunk := source.read(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target)
    sync_folder(target.parent)
    return Entry(size, digest.hexdigest())


def make_folder(folder: Path) -> None:
    """The folder and what it lies in, where missing, for its owner alone."""
    for part in (*reversed(folder.parents), folder):
        part.mkdir(mode=0o700, exist_ok=True)
