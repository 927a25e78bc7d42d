"""Fixtures for all tests. Each run has one database: TEST_DATABASE is sqlite (the default) or postgresql."""

import functools
import gc
import os
import shutil

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import TestCase, TransactionTestCase
from hypothesis import HealthCheck, settings

from certifications import kept
from ndaflow.chat import sending as sending_to_chat
from tests import sandboxed, scenes
from trustcenter.audit import triggers
from trustcenter.site import health
from trustcenter.vault import disk, keys, s3, sandbox
from trustcenter.web import sending
from trustcenter.web.templatetags import keeping

# How long an example takes depends on how busy the machine is, so it fails no test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "racing"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "once: has nothing to do with the kind of database; runs on SQLite only")
    config.addinivalue_line("markers", "postgresql: is about PostgreSQL; runs there only")
    config.addinivalue_line("markers", "site: starts a whole site, and waits for it more than it works")
    config.addinivalue_line("markers", "browser: drives a real browser; runs on SQLite only")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects what the other run covers: tests without a database, and tests of the other kind of database."""
    on_postgresql = os.environ["TEST_DATABASE"] == "postgresql"
    keep, leave = [], []
    for item in items:
        once = item.get_closest_marker("once") or item.get_closest_marker("browser") or not _uses_database(item)
        elsewhere = once if on_postgresql else item.get_closest_marker("postgresql")
        (leave if elsewhere else keep).append(item)
    # While Playwright runs, its event loop makes Django refuse database access in this thread.
    items[:] = sorted(keep, key=lambda item: bool(item.get_closest_marker("browser")))
    if leave:
        config.hook.pytest_deselected(items=leave)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Takes the site and the tests, which stay to the end, out of the search for garbage, which is done less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_report_header() -> str:
    return f"database: {os.environ['TEST_DATABASE']}"


def _uses_database(item: pytest.Item) -> bool:
    cls = getattr(item, "cls", None)
    return bool(
        item.get_closest_marker("django_db")
        or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
        or (cls and issubclass(cls, TestCase | TransactionTestCase))
    )


@pytest.fixture(scope="session", autouse=True)
def remembered_answers():
    """The sandbox is asked about each file once in a run. The tests of the vault, and so of the sandbox, ask it each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "run", sandboxed.remembering(sandbox.run))
        yield


@pytest.fixture
def racing(transactional_db: None):
    """Real transactions with the log's triggers, and an empty database afterwards.

    The triggers are dropped for the flush, because PostgreSQL fires TRUNCATE triggers even on an empty table.
    Threads that a test starts close their own connections.
    """
    triggers.create(connection)
    yield
    triggers.drop(connection)


@pytest.fixture(scope="module")
def shared_scene(django_db_setup, django_db_blocker, tmp_path_factory):
    """The folder of a scene that all tests of the module share: its fixture has the module's scope and asks for this one."""
    with scenes.shared(tmp_path_factory.mktemp("scene"), django_db_blocker) as folder:
        yield folder


@pytest.fixture
def home(request, tmp_path):
    """The folder in which the site of this test keeps its files and keys."""
    if "shared_scene" in request.fixturenames:
        return request.getfixturevalue("shared_scene")
    assert scenes.Shared.folder is None or not _uses_database(request.node), "the rows of the module's scene are there"
    return tmp_path


@pytest.fixture(autouse=True)
def log_key(settings, home, tmp_path):
    """A new key for each scene, so that a checkpoint of one is not valid for the log of another.

    Each test has its own folder of it, because a checkpoint that is only there would stop the next test.
    """
    settings.LOG_KEY_FILE = tmp_path / "keys" / "log.key"
    if home != tmp_path:
        shutil.copytree(home / "keys", tmp_path / "keys", dirs_exist_ok=True)
    return settings.LOG_KEY_FILE


@pytest.fixture(autouse=True)
def fresh(settings):
    """What a process keeps in its memory is not kept from one test to the next.

    A change that a test takes back leaves the number of its edition to another one, and a response that a test never read
    must take no place from the next.
    """
    kept.forget()
    keeping.parts.forget()
    sending.places = sending.Places(settings.FILES_AT_ONCE, settings.FILES_AT_ONCE_EACH)


@pytest.fixture
def places():
    return sending.places


@pytest.fixture(scope="session", autouse=True)
def fresh_health():
    """Every request to /readyz reads the parts of the site itself, so that no test sees a reading of another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "FRESH", 0)
        yield


@pytest.fixture
def demo(settings):
    """Demo mode, as far as it is decided at run time."""
    settings.DEMO = True


@pytest.fixture(scope="session", autouse=True)
def nothing_slow_in_a_transaction():
    """Storage, key services and the mail server refuse to run inside a transaction, because waiting for them would hold locks."""
    with pytest.MonkeyPatch.context() as patch:
        for target, name in OUTSIDE:
            patch.setattr(target, name, _outside(getattr(target, name), f"{target.__name__}.{name}"))
        yield


OUTSIDE = (
    (disk.DiskObjects, "create"),
    (disk.DiskObjects, "open"),
    (disk.DiskObjects, "delete"),
    (disk.DiskWriter, "finish"),
    (disk.DiskCiphertext, "read_into"),
    (s3.S3Objects, "call"),
    (keys, "unwrap"),
    (keys, "current"),
    (EmailMessage, "send"),
    (sending_to_chat, "post"),
)


def _outside(call, name):
    @functools.wraps(call)
    def guarded(*arguments, **words):
        # The outermost transaction is the test's own, and is rolled back at its end.
        begun = [block for block in connection.atomic_blocks if not block._from_testcase]
        assert not begun, f"{name} was called inside a transaction"
        return call(*arguments, **words)

    return guarded
