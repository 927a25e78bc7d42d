"""Small files that are there whole or not at all, also after a power cut."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_new(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a file that is not there yet. Raises FileExistsError where one is: of two at once, one wins for both."""
    with _draft(path, content, mode) as draft:
        # link() refuses to replace.
        os.link(draft, path)


def write_over(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a file, in the place of the one that may be there."""
    with _draft(path, content, mode) as draft:
        draft.replace(path)


def sync_folder(folder: Path) -> None:
    """Without it a power cut could lose the name of a file whose bytes are there."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _draft(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """The content on the disk under another name; gone afterwards, unless it was given its own."""
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
