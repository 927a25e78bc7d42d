"""The vault's objects as files below FILES_DIR, which only their owner can read."""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from trustcenter.vault.objects import NAME, PROBE, Missing, Unstored, checked
from trustcenter.work.durable import sync_folder

UNFINISHED = ".draft"


class DiskObjects:
    """One file for each object, two folders deep, so that no folder holds too many files."""

    def create(self, name: str) -> "DiskWriter":
        return DiskWriter(_path(name))

    def open(self, name: str) -> "DiskCiphertext":
        try:
            return DiskCiphertext(_path(name))
        except FileNotFoundError:
            raise Missing(f"object {name} is gone") from None

    def delete(self, name: str) -> None:
        _path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[tuple[str, float]]:
        for path in settings.FILES_DIR.glob("??/??/*"):
            if _is_ours(path):
                # Another process may have deleted the file a moment ago.
                with suppress(FileNotFoundError):
                    yield path.name, path.stat().st_mtime

    def sweep(self, before: float) -> int:
        swept = 0
        drafts = (p for p in settings.FILES_DIR.glob(f"??/??/*{UNFINISHED}") if _is_ours(p.with_suffix("")))
        for path in (*drafts, *settings.FILES_DIR.glob(f"{PROBE}*")):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    swept += 1
        return swept

    def probe(self) -> None:
        settings.FILES_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = settings.FILES_DIR / f"{PROBE}{secrets.token_hex(8)}"
        written = secrets.token_bytes(32)
        try:
            path.write_bytes(written)
            if path.read_bytes() != written:
                raise OSError("the bytes that were read are not those that were written")
        finally:
            path.unlink(missing_ok=True)


class DiskWriter:
    """Writes a file under a draft name beside its final name."""

    def __init__(self, path: Path) -> None:
        self._final = path
        self._path = path.with_suffix(UNFINISHED)
        _make_folder(path.parent)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._finished = False

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def finish(self, size: int) -> None:
        os.fsync(self._file.fileno())
        arrived = os.fstat(self._file.fileno()).st_size
        self._file.close()
        if arrived != size:
            self.abandon()
            raise Unstored(f"{size} bytes were written, and {arrived} arrived")
        try:
            # link() refuses to replace a file; rename() would overwrite it.
            os.link(self._path, self._final)
        except FileExistsError:
            self.abandon()
            raise Unstored(f"there is already an object {self._final.name}") from None
        self._finished = True
        self._path.unlink()
        # Otherwise a power cut could keep the row and lose the file name.
        sync_folder(self._final.parent)

    def abandon(self) -> None:
        self._file.close()
        if not self._finished:
            self._path.unlink(missing_ok=True)


class DiskCiphertext:
    def __init__(self, path: Path) -> None:
        self._descriptor = -1
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size

    def read_into(self, offset: int, buffer: memoryview) -> int:
        done = 0
        while done < len(buffer) and (count := os.preadv(self._descriptor, [buffer[done:]], offset + done)):
            done += count
        return done

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()


def _path(name: str) -> Path:
    checked(name)
    return Path(settings.FILES_DIR, name[:2], name[2:4], name)


def _is_ours(path: Path) -> bool:
    """Whether this is the path of an object. Copy tools and people may put other files beside ours."""
    return bool(NAME.fullmatch(path.name)) and path == _path(path.name)


def _make_folder(folder: Path) -> None:
    """Makes the folder and those above it up to FILES_DIR, each for its owner alone and safe from a power cut."""
    for part in (*reversed([p for p in folder.parents if p.is_relative_to(settings.FILES_DIR)]), folder):
        if not part.is_dir():
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(part.parent)
