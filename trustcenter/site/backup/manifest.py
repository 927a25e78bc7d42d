"""The manifest of a backup: what it contains and how to check it. Uses nothing of Django."""

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
    """The folder is not a usable backup. The text is a sentence that says why."""


@dataclass(frozen=True)
class Entry:
    """One file: its size in bytes and its SHA-256 in hexadecimal digits."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """Everything that a restore must know before it changes anything."""

    # "sqlite" or "postgresql", its version, and the migrations that were applied, as "app.name".
    database: str
    database_version: str
    migrations: list[str]
    # The log in this database: its number of records, and their RFC 6962 root in hexadecimal digits.
    log_size: int
    log_root: str
    application: str
    made_at: str
    with_keys: bool
    # Stored files that the site had already lost when the backup was made.
    missing: list[str] = field(default_factory=list)
    # By path below the folder, with forward slashes.
    files: dict[str, Entry] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Writes the manifest last and atomically, because a folder without a manifest is not a backup."""
        # Every folder and its parent are synced first: the manifest must not survive a power cut that files do not.
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
        """Reads a manifest. Raises NotABackup if the backup is unfinished, of another format, or not a backup."""
        try:
            data = json.loads((folder / NAME).read_bytes())
        except FileNotFoundError:
            raise NotABackup(
                f"{folder} has no {NAME}: it is not a backup, or the backup was not finished. Choose another folder."
            ) from None
        except ValueError as error:
            raise NotABackup(f"{folder / NAME} cannot be read: {error}.") from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise NotABackup(
                f"{folder / NAME} has a format that this version does not know. Restore it with a newer version."
            )
        try:
            files = {str(path): Entry(**entry) for path, entry in data.pop("files").items()}
            found = cls(**data, files=files)
        except (KeyError, TypeError, AttributeError) as error:
            raise NotABackup(f"{folder / NAME} is not complete: {error}.") from error
        for path in files:
            if Path(path).is_absolute() or ".." in Path(path).parts:
                raise NotABackup(f"{folder / NAME} names a file outside the backup: {path}.")
        return found

    def verify(self, folder: Path) -> None:
        """Reads every file once. Raises NotABackup, which names the first file that is missing or was changed."""
        for path, entry in self.files.items():
            try:
                with (folder / path).open("rb") as file:
                    found = measure(file)
            except OSError as error:
                raise NotABackup(f"The file {path} of this backup cannot be read: {error.strerror}.") from error
            if found != entry:
                raise NotABackup(f"The file {path} of this backup is damaged. Use another backup.")

    def below(self, folder: str) -> Iterator[str]:
        """The paths of the files in one of the backup's folders."""
        return (path for path in self.files if path.startswith(f"{folder}/"))

    @property
    def digest(self) -> str:
        """A hash that identifies this backup."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def measure(file: BinaryIO) -> Entry:
    """The size and SHA-256 of a file."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return Entry(size, digest.hexdigest())


def copy(source: BinaryIO, target: Path) -> Entry:
    """Copies a file. It gets its name only when it is complete and on the disk, and only its owner can read it."""
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
    """Makes the folder and its parents if they are missing. Only their owner can read them."""
    for part in (*reversed(folder.parents), folder):
        part.mkdir(mode=0o700, exist_ok=True)
