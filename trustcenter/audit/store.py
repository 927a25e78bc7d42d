"""Checkpoints in a folder outside the database: one file for each, named by its size and never replaced."""

import os
import re
from pathlib import Path

from django.conf import settings

from trustcenter.work.durable import write_new

NAME = re.compile(r"(\d{12,19})\.checkpoint")


def newest() -> str | None:
    """The note of the largest checkpoint in the folder; None if there is no folder or no note."""
    folder, newest = _folder(), max(sizes(), default=None)
    if folder is None or newest is None:
        return None
    # A damaged file must be found damaged, not missing.
    return _path(folder, newest).read_bytes().decode("utf-8", "replace")


def sizes() -> list[int]:
    """How many records each checkpoint in the folder covers."""
    folder = _folder()
    if folder is None or not folder.is_dir():
        return []
    return [int(found[1]) for entry in os.scandir(folder) if (found := NAME.fullmatch(entry.name))]


def write(size: int, note: str) -> None:
    """Writes a note, once. Raises OSError if that fails, and FileExistsError if another note of that size is there."""
    folder = _folder()
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, size)
    try:
        write_new(path, note.encode(), 0o644)
    except FileExistsError:
        if path.read_text(encoding="utf-8") != note:
            raise


def _path(folder: Path, size: int) -> Path:
    return folder / f"{size:012d}.checkpoint"


def _folder() -> Path | None:
    return Path(settings.CHECKPOINT_DIR) if settings.CHECKPOINT_DIR else None
