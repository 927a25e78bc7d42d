"""Where the vault's ciphertext lies: named objects that are written once, whole, and read at any place.

`STORAGES["vault"]` says which kind: `disk.DiskObjects` or `s3.S3Objects`. Names are the ids of stored files. What is
not finished has no name yet, and what has a name is complete.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from django.core.files.storage import storages

from trustcenter.vault.stream import Ciphertext

NAME = re.compile(r"[0-9a-z]{16}")
# How the names of what `probe` writes begin, so that no object has one.
PROBE = ".probe-"


class Missing(Exception):
    """There is no object of that name."""


class Unstored(Exception):
    """The object did not arrive as it was written, so it was not given its name."""


class Writing(Protocol):
    """An object on its way."""

    def write(self, data: bytes) -> None: ...

    def finish(self, size: int) -> None:
        """Gives the object its name, if `size` bytes have arrived. Raises Unstored, also where the name is taken."""

    def abandon(self) -> None:
        """Removes what was written; a finished object stays."""


class Objects(Protocol):
    def create(self, name: str) -> Writing: ...

    def open(self, name: str) -> Ciphertext:
        """Raises Missing."""

    def delete(self, name: str) -> None:
        """Also of an object that is not there."""

    def names(self) -> Iterator[tuple[str, float]]:
        """Every finished object and when it was written, in seconds since 1970; not what others put there."""

    def sweep(self, before: float) -> int:
        """Removes what was begun before then and never finished, and probes that stayed; returns how many."""

    def probe(self) -> None:
        """Writes, reads and removes a few bytes. Raises OSError, or what the storage raises, when that fails."""


def objects() -> Objects:
    """The storage that is configured."""
    return storages["vault"]  # type: ignore[return-value]  # ours by its class


def checked(name: str) -> str:
    """`name`, if it is one of ours. Raises ValueError, because anything else could lead out of the vault's place."""
    if not NAME.fullmatch(name):
        raise ValueError("not the id of a stored file")
    return name
