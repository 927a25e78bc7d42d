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


@contextmanager
def shared(folder: Path, blocker: Any) -> Iterator[None]:
    """A scene that is made in the block and is gone after it; `folder` has its files and keys.

    For a fixture of a module that asks for `django_db_setup` and `django_db_blocker`. What each test changes in the
    database is rolled back. So its tests have no real transactions and no threads, and leave the files as they are.
    """
    with override_settings(**places(folder)), blocker.unblock(), undone():
        yield


def places(folder: Path) -> dict[str, Path]:
    """The settings with which the site finds the files and keys of a scene, for each test anew."""
    return {"FILES_DIR": folder / "files", "KEYS_DIR": folder / "keys", "LOG_KEY_FILE": folder / "keys" / "log.key"}


def stay(settings: Any, folder: Path) -> Path:
    """Lets a test find the files and keys of the scene instead of its own. Returns the path of the log's key."""
    for name, place in places(folder).items():
        setattr(settings, name, place)
    return settings.LOG_KEY_FILE
