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


@pytest.fixture
def rhea(db: None) -> User:
    rhea = cast.rhea()
    # By herself, because nobody else is there yet.
    rhea.company = Company.objects.create(legal_name="Example Corp", confirmed_at=timezone.now(), confirmed_by=rhea)
    rhea.save()
    return rhea


@pytest.fixture
def otto(db: None) -> User:
    return cast.otto()


@pytest.fixture
def edda(db: None) -> User:
    return cast.edda()


@pytest.fixture
def uploaded(db: None) -> Callable[..., DocumentVersion]:
    def upload(document: Document, data: bytes) -> DocumentVersion:
        with vault.Draft(DocumentVersion(), "original") as draft:
            draft.write(data)
            return flows.upload(document, draft, by=None)

    return upload


REPORT = pdfs.blank(pdfs.TEXT, pdfs.TEXT, pdfs.TEXT)


@pytest.fixture(scope="session")
def prepared_report() -> tuple[bytes, dict[str, Any]]:
    """The report's reading copy and its facts, made once by the sandboxed child, because they are always the same."""
    copy = io.BytesIO()
    known = sandbox.run("documents.intake.reading_copy:prepare", io.BytesIO(REPORT), copy)
    return copy.getvalue(), known


@pytest.fixture
def report(uploaded: Callable[..., DocumentVersion], prepared_report: tuple[bytes, dict[str, Any]]) -> Document:
    """The gated report with a current version of three pages."""
    document, (copy, known) = cast.document(), prepared_report
    version = uploaded(document, REPORT)
    assert checking.accept(cast.keep_copy(version, copy, known))
    return document


@pytest.fixture
def grant(report: Document, rhea: User) -> AccessGrant:
    cast.cover(rhea)
    now = timezone.now()
    return AccessGrant.objects.create(
        approvals=1, holder=rhea, document=report, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=30)
    )


@pytest.fixture
def stored_paths(files: Path) -> Iterator[Callable[[], list[str]]]:
    """The names of all files on disk."""
    yield lambda: sorted(path.name for path in files.rglob("*") if path.is_file())
