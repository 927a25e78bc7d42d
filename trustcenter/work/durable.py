"""Writes small files completely or not at all, also if the power fails."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_new(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a new file. Raises FileExistsError if there is one, so only one of two writers succeeds."""
    with _draft(path, content, mode) as draft:
        # link() refuses to replace a file.
        os.link(draft, path)


def write_over(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a file and replaces the one that may be there."""
    with _draft(path, content, mode) as draft:
        draft.replace(path)


def sync_folder(folder: Path) -> None:
    """Syncs a folder. Otherwise a power cut could lose the name of a file whose content was synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _draft(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """Writes the content to the disk under a temporary name, and removes that name afterwards."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)
