import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.site.backup.sites import Site, drop_database, new_database
from tests.vault.bucket import amazon, bucket  # noqa: F401  (fixtures)
from trustcenter.site.backup import databases

ON_POSTGRESQL = os.environ["TEST_DATABASE"] == "postgresql"


@dataclass(frozen=True)
class Backed:
    """A site, its facts, and its backup."""

    site: Site
    facts: dict[str, Any]
    folder: Path
    said: str


@pytest.fixture(scope="session")
def make_site() -> Iterator[Callable[[], Site]]:
    """`make_site()` creates an empty site on this run's kind of database."""
    root, urls = Path(tempfile.mkdtemp(prefix="trustcenter-backup-")), list[str]()

    def make() -> Site:
        data = root / f"site-{len(list(root.iterdir()))}"
        data.mkdir(mode=0o700)
        if ON_POSTGRESQL:
            urls.append(new_database(os.environ["DATABASE_URL"]))
        return Site(data, urls[-1] if urls else "")

    yield make
    for url in urls:
        drop_database(os.environ["DATABASE_URL"], url)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def backed(make_site: Callable[[], Site]) -> Backed:
    """A small site with content and its backup, made once."""
    site = make_site()
    facts = site.ask("furnish")
    folder = site.data.parent / "the-backup"
    done = site.manage("backup", folder)
    assert done.returncode == 0, done.stderr
    return Backed(site, facts, folder, done.stdout)


@pytest.fixture(scope="session")
def restored(backed: Backed, make_site: Callable[[], Site]) -> Backed:
    """Another site restored from that backup, and its facts right after the restore."""
    site = make_site()
    done = site.manage("restore", backed.folder)
    assert done.returncode == 0, done.stderr
    return Backed(site, site.ask("facts"), backed.folder, done.stdout)


@pytest.fixture
def empty_site(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes this process a new site: an empty data folder, and a database that claims to have no tables."""
    settings.DATA_DIR = tmp_path / "site"
    settings.DATA_DIR.mkdir(mode=0o700)
    settings.FILES_DIR, settings.KEYS_DIR = settings.DATA_DIR / "files", settings.DATA_DIR / "keys"
    monkeypatch.setattr(databases, "is_empty", lambda: True)
    return settings.DATA_DIR


@pytest.fixture
def copied(backed: Backed, tmp_path: Path) -> Path:
    """A copy of the backup for the test to damage."""
    return Path(shutil.copytree(backed.folder, tmp_path / "backup"))
