"""Storage of the vault's ciphertext: named objects that are written once, as a whole, and read at any offset.

`STORAGES["vault"]` names the kind: `disk.DiskObjects` or `s3.S3Objects`. Names are the ids of stored files. An
unfinished object has no name yet; an object that has a name is complete.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from django.core.files.storage import storages

from trustcenter.vault.stream import Ciphertext
from trustcenter.work.circuit import Away

NAME = re.compile(r"[0-9a-z]{16}")
# The names of what `probe` writes begin with this, so they cannot be the name of an object.
PROBE = ".probe-"


class Missing(Exception):
    """There is no object with that name."""


class Unstored(Exception):
    """The object did not arrive as it was written, or its name was taken. Nothing was stored."""


class StorageAway(Away):
    """The storage does not answer at the moment, or did not a moment ago. Nothing is wrong with the object."""


class ObjectWriter(Protocol):
    """An object that is being written."""

    def write(self, data: bytes) -> None: ...

    def finish(self, size: int) -> None:
        """Gives the object its name if `size` bytes have arrived. Raises Unstored if not, and if the name is taken."""

    def abandon(self) -> None:
        """Deletes what was written. Does nothing to a finished object."""


class Objects(Protocol):
    def create(self, name: str) -> ObjectWriter: ...

    def open(self, name: str) -> Ciphertext:
        """Raises Missing."""

    def delete(self, name: str) -> None:
        """Does nothing if there is no such object."""

    def names(self) -> Iterator[tuple[str, float]]:
        """The name of every finished object and when it was written, in seconds since 1970. Skips foreign files."""

    def sweep(self, before: float) -> int:
        """Deletes unfinished objects and left-over probes that were begun before then; returns how many."""

    def probe(self) -> None:
        """Writes, reads and deletes a few bytes. Raises OSError, or what the storage raises, if that fails."""


def objects() -> Objects:
    """The configured storage."""
    return storages["vault"]  # type: ignore[return-value]  # our own class by its setting


def checked(name: str) -> str:
    """`name`, if it is a valid id. Raises ValueError otherwise, because other text could be a path out of the vault."""
    if not NAME.fullmatch(name):
        raise ValueError("not the id of a stored file")
    return name
