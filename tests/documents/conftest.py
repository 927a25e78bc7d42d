import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from documents.intake import checking, flows
from documents.models import AccessGrant, Document, DocumentVersion
from tests import cast
from tests.documents import pdfs
from trustcenter.accounts.models import Company, User
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox


@pytest.fixture(autouse=True)
def files(settings: Any, home: Path) -> Path:
    settings.FILES_DIR = home / "files"
    settings.KEYS_DIR = home / "keys"
    return settings.FILES_DIR


def employed_rhea() -> User:
    """Rhea, whose company is confirmed."""
    rhea = cast.rhea()
    # By herself, because nobody else is there yet.
    rhea.company = Company.objects.create(legal_name="Example Corp", confirmed_at=timezone.now(), confirmed_by=rhea)
    rhea.save()
    return rhea


@pytest.fixture
def rhea(db: None) -> User:
    return employed_rhea()


@pytest.fixture
def otto(db: None) -> User:
    return cast.otto()


@pytest.fixture
def edda(db: None) -> User:
    return cast.edda()


def upload(document: Document, data: bytes) -> DocumentVersion:
    with vault.Draft(DocumentVersion(), "original") as draft:
        draft.write(data)
        return flows.upload(document, draft, by=None)


@pytest.fixture
def uploaded(db: None) -> Callable[..., DocumentVersion]:
    return upload


REPORT = pdfs.blank(pdfs.TEXT, pdfs.TEXT, pdfs.TEXT)


@pytest.fixture(scope="session")
def prepared_report() -> tuple[bytes, dict[str, Any]]:
    """The report's reading copy and its facts, made once by the sandboxed child, because they are always the same."""
    copy = io.BytesIO()
    known = sandbox.run("documents.intake.reading_copy:prepare", io.BytesIO(REPORT), copy)
    return copy.getvalue(), known


def published_report(prepared: tuple[bytes, dict[str, Any]]) -> Document:
    """The gated report with a current version of three pages."""
    document = cast.document()
    assert checking.accept(cast.keep_copy(upload(document, REPORT), *prepared))
    return document


@pytest.fixture
def report(db: None, prepared_report: tuple[bytes, dict[str, Any]]) -> Document:
    return published_report(prepared_report)


def let_in(rhea: User, report: Document) -> AccessGrant:
    cast.cover(rhea)
    now = timezone.now()
    return AccessGrant.objects.create(
        approvals=1, holder=rhea, document=report, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=30)
    )


@pytest.fixture
def grant(report: Document, rhea: User) -> AccessGrant:
    return let_in(rhea, report)


@pytest.fixture
def stored_paths(files: Path) -> Iterator[Callable[[], list[str]]]:
    """The names of all files on disk."""
    yield lambda: sorted(path.name for path in files.rglob("*") if path.is_file())
