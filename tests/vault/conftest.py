import inspect
from pathlib import Path
from typing import Any

import pytest

from documents.models import DocumentVersion
from tests import cast
from tests.vault.bucket import amazon, bucket  # noqa: F401  (fixtures)
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox
from trustcenter.vault.models import StoredFile


@pytest.fixture(autouse=True)
def files(settings: Any, home: Path) -> Path:
    settings.FILES_DIR = home / "files"
    settings.KEYS_DIR = home / "keys"
    return settings.FILES_DIR


@pytest.fixture(autouse=True)
def real_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "run", inspect.unwrap(sandbox.run))


def names(files: Path) -> list[str]:
    """The names of all files on disk."""
    return sorted(path.name for path in files.rglob("*") if path.is_file())


def path_of(stored: StoredFile, files: Path) -> Path:
    return files / stored.pk[:2] / stored.pk[2:4] / stored.pk


def holding(data: bytes, slug: str = "soc-2-type-ii-report") -> DocumentVersion:
    """A stored version whose original is `data`."""
    version = DocumentVersion(document=cast.document(slug), number=1)
    version.original = vault.store(version, "original", [data])
    version.save(force_insert=True)
    return version
