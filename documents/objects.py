"""Stored objects as they lie in the vault, by name and without being opened: for backups, and to compare with the rows."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from documents.vault import files


def names() -> Iterator[str]:
    """The name of every object that is stored, whether a row knows it or not."""
    return (path.name for path in _folder().glob("??/??/*") if files.ID.fullmatch(path.name))


def open_object(name: str) -> BinaryIO:
    """The bytes as they are stored. Raises FileNotFoundError."""
    return files._path(name).open("rb")


def put_object(name: str, source: BinaryIO) -> None:
    """Stores an object under its name, as it was stored before; for a restore, whose rows come after it."""
    path = files._path(name)
    files._make_folder(path.parent)
    draft = path.with_suffix(files.DRAFT_ENDING)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        shutil.copyfileobj(source, file, files.CHUNK)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    for folder in (path.parent, path.parents[1], path.parents[2]):
        files._sync_folder(folder)


def left_over() -> list[str]:
    """What lies in the vault's folder and is no object: drafts and scratch copies."""
    return [
        str(path.relative_to(_folder()))
        for path in _folder().rglob("*")
        if path.is_file() and not files.ID.fullmatch(path.name)
    ]


def _folder() -> Path:
    return files._path("0" * 16).parents[2]
