"""Where the vault keeps its ciphertext: named objects that are written once, whole, and read from any offset.

`STORAGES["vault"]` says which kind: `disk.DiskObjects` or `s3.S3Objects`. Names are the ids of stored files. An object
gets its name when it is complete.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from django.core.files.storage import storages

from trustcenter.vault.stream import Ciphertext

NAME = re.compile(r"[0-9a-z]{16}")
# The names of what `probe` writes begin with this, and no object's name does.
PROBE = ".probe-"


class Missing(Exception):
    """There is no object of that name."""


class Unstored(Exception):
    """The object is not complete or its name is taken, so it did not get the name."""


class Writing(Protocol):
    """An object that is being written."""

    def write(self, data: bytes) -> None: ...

    def finish(self, size: int) -> None:
        """Gives the object its name. Raises Unstored unless it has `size` bytes and the name is free."""

    def abandon(self) -> None:
        """Removes what was written, unless it was finished."""


class Objects(Protocol):
    def create(self, name: str) -> Writing: ...

    def open(self, name: str) -> Ciphertext:
        """Raises Missing."""

    def delete(self, name: str) -> None:
        """Does nothing if there is no such object."""

    def names(self) -> Iterator[tuple[str, float]]:
        """Every finished object and when it was written, in seconds since 1970; no files of others."""

    def sweep(self, before: float) -> int:
        """Removes unfinished objects and probes that are older than `before`; returns their number."""

    def probe(self) -> None:
        """Writes, reads and removes a few bytes. Raises OSError, or an error of the storage, if that fails."""


def objects() -> Objects:
    """The storage that is configured."""
    return storages["vault"]  # type: ignore[return-value]  # ours by its class


def checked(name: str) -> str:
    """Returns `name`. Raises ValueError unless it is an id: any other name could lead out of the vault's folder."""
    if not NAME.fullmatch(name):
        raise ValueError("not the id of a stored file")
    return name
