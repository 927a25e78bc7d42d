import hashlib
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from documents.vault.models import StoredFile
from trustcenter.ids import new_id

CHUNK = 1024 * 1024
# What a crash left behind is collected after this long; nothing that is still at work takes an hour.
PATIENCE = timedelta(hours=1)
DRAFT_ENDING = ".draft"
SCRATCH = "scratch"
ID = re.compile(r"[0-9a-z]{16}")


class Damaged(Exception):
    """The stored object is gone, or is not as long as its row says."""


class Draft:
    """Bytes on their way into the vault: written under a draft's name, and stored only by `keep`.

    As a context manager it leaves nothing behind unless it was kept. Size and SHA-256 are counted on the way.
    """

    def __init__(self) -> None:
        self.id = new_id()
        self.size = 0
        self.kept = False
        self._digest = hashlib.sha256()
        self._path = _path(self.id).with_suffix(DRAFT_ENDING)
        _make_folder(self._path.parent)
        self._file: BinaryIO | None = os.fdopen(
            os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb"
        )

    def write(self, data: bytes) -> None:
        if self._file is None:
            raise ValueError("the draft is closed")
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def keep(self) -> StoredFile:
        """Stores the draft under its final name and writes its row, in the caller's transaction if there is
        one.

        Raises Damaged when the disk holds another length than was written; then nothing is stored.
        """
        if self._file is None:
            raise ValueError("the draft is closed")
        self._file.flush()
        os.fsync(self._file.fileno())
        arrived = os.fstat(self._file.fileno()).st_size
        self._close()
        if arrived != self.size:
            self.abandon()
            raise Damaged(f"{self.size} bytes were written, {arrived} arrived")
        path = _path(self.id)
        os.rename(self._path, path)
        self.kept = True
        # Without this a power cut could keep the row and lose the name.
        _sync_folder(path.parent)
        try:
            return StoredFile.objects.create(id=self.id, size=self.size, sha256=self._digest.hexdigest())
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def abandon(self) -> None:
        """Removes what was written; a draft that was kept stays."""
        self._close()
        if not self.kept:
            self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()


class _Reader(io.RawIOBase):
    """Reads one stored object. It has no `fileno`: a server that was handed one would send the disk's bytes
    as they are."""

    def __init__(self, file: io.FileIO) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        return self._file.readinto(buffer) or 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def store(chunks: Iterable[bytes]) -> StoredFile:
    """Stores what `chunks` yield under a random name; an error on the way leaves nothing behind."""
    with Draft() as draft:
        for chunk in chunks:
            draft.write(chunk)
        return draft.keep()


def draft_of(path: Path) -> Draft:
    """A draft of what a child process has written beside its `on_disk` copy."""
    draft = Draft()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            draft.write(chunk)
    return draft


def open(stored: StoredFile) -> BinaryIO:
    """A seekable reader of the stored bytes. Raises Damaged when they are gone or not as many as the row
    says."""
    path = _path(stored.pk)
    try:
        reader = _Reader(path.open("rb", buffering=0))
    except FileNotFoundError:
        raise Damaged(f"stored file {stored.pk} is gone") from None
    size = reader.seek(0, os.SEEK_END)
    reader.seek(0)
    if size != stored.size:
        reader.close()
        raise Damaged(f"stored file {stored.pk} has {size} bytes instead of {stored.size}")
    return io.BufferedReader(reader)  # type: ignore[return-value]


def identity(stored: StoredFile) -> tuple[object, ...]:
    """What tells these stored bytes from any others, and from themselves after somebody touched the file."""
    status = _path(stored.pk).stat()
    return stored.pk, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@contextmanager
def on_disk(stored: StoredFile) -> Iterator[Path]:
    """A plain copy of `stored` for a child process that needs a path, 0600 in a folder of its own.

    The child may write beside it. The folder goes at the end of the `with`, whatever happened; after a crash
    `sweep` collects it. This is the only place where the vault's bytes lie outside its own objects.
    """
    folder = settings.FILES_DIR / SCRATCH / secrets.token_hex(8)
    _make_folder(folder)
    try:
        path = folder / "original.pdf"
        with (
            open(stored) as reader,
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy,
        ):
            shutil.copyfileobj(reader, copy, CHUNK)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def delete(stored: StoredFile) -> None:
    """Deletes the row, and the object once that is committed, so that no row ever points at nothing."""
    path = _path(stored.pk)
    stored.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def sweep() -> int:
    """Collects what crashes left: drafts, scratch folders, objects without a row, rows that nothing refers
    to.

    Returns how many. Whatever is younger than an hour may still be at work and stays.
    """
    before = timezone.now() - PATIENCE
    swept = 0
    for stored in StoredFile.objects.filter(created_at__lt=before):
        # Every reference to a stored file is PROTECT, so the database knows best what is still wanted.
        with suppress(ProtectedError), transaction.atomic():
            delete(stored)
            swept += 1
    for path in settings.FILES_DIR.glob("??/??/*"):
        if _age_of(path) < before.timestamp() and _is_left_over(path):
            path.unlink(missing_ok=True)
            swept += 1
    for folder in (settings.FILES_DIR / SCRATCH).glob("*"):
        if _age_of(folder) < before.timestamp():
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


def _is_left_over(path: Path) -> bool:
    return path.suffix == DRAFT_ENDING or not StoredFile.objects.filter(pk=path.name).exists()


def _age_of(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _path(id: str) -> Path:
    if not ID.fullmatch(id):
        raise ValueError("not the id of a stored file")
    return settings.FILES_DIR / id[:2] / id[2:4] / id


def _make_folder(folder: Path) -> None:
    """Every folder from the vault's own downwards is for its owner alone."""
    for part in (*reversed([p for p in folder.parents if p.is_relative_to(settings.FILES_DIR)]), folder):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
