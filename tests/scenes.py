"""Scenes that the tests of a module share, where making them takes longer than the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import override_settings


@contextmanager
def undone() -> Iterator[None]:
    """Rolls back what happens in the block, which counts as a test's own transaction, because flows need the outermost."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


class Shared:
    """The scene that the tests of a module share, if it is there now."""

    folder: Path | None = None


@contextmanager
def shared(folder: Path, blocker: Any) -> Iterator[Path]:
    """A scene that is made in the block and is gone after it; `folder` has its files and keys.

    What each test changes in the database is rolled back. So its tests have no real transactions and no threads, and
    leave the files as they are.
    """
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    places = {"FILES_DIR": folder / "files", "KEYS_DIR": keys, "LOG_KEY_FILE": keys / "log.key"}
    with override_settings(**places), blocker.unblock(), undone():
        Shared.folder = folder
        try:
            yield folder
        finally:
            Shared.folder = None
