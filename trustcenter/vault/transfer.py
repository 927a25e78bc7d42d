"""The vault's objects by name and still encrypted: for backups, and to compare them with the rows."""

import io
import time
from collections.abc import Buffer, Iterator
from typing import BinaryIO, cast

from trustcenter.vault.objects import Missing, objects
from trustcenter.vault.stream import Ciphertext

CHUNK = 1024 * 1024


class _Raw(io.RawIOBase):
    """Ciphertext from start to end."""

    def __init__(self, stored: Ciphertext) -> None:
        super().__init__()
        self._stored, self._position = stored, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        read = self._stored.read_into(self._position, view[: max(0, self._stored.size - self._position)])
        self._position += read
        return read

    def close(self) -> None:
        self._stored.close()
        super().close()


def names() -> Iterator[str]:
    """The name of every stored object, with or without a row."""
    return (name for name, _written in objects().names())


def open_object(name: str) -> BinaryIO:
    """A reader of the encrypted bytes as they are stored. Raises FileNotFoundError."""
    try:
        return cast(BinaryIO, io.BufferedReader(_Raw(objects().open(name)), CHUNK))
    except Missing as missing:
        raise FileNotFoundError(name) from missing


def put_object(name: str, source: BinaryIO) -> None:
    """Stores an object under its former name, for a restore. Raises `objects.Unstored`."""
    writing, size = objects().create(name), 0
    try:
        while chunk := source.read(CHUNK):
            writing.write(chunk)
            size += len(chunk)
        writing.finish(size)
    finally:
        writing.abandon()


def delete_unfinished() -> None:
    """Deletes objects that were begun and not finished. Call it only while nothing else uses the vault."""
    objects().sweep(time.time() + 1)
