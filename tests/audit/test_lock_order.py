"""Steps that change public content lock its revision before the log, so that two of them cannot deadlock."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documents.intake import checking
from documents.models import DocumentVersion
from ndaflow.requests import flows
from tests import cast
from tests.certifications import content
from tests.documents import pdfs
from trustcenter.site.content_file import export_content, import_content
from trustcenter.vault import files as vault

pytestmark = pytest.mark.django_db
REVISION, LOG = 'UPDATE "web_contentrevision"', "FROM audit_head"


def deciding():
    request = cast.fresh(cast.open_request(cast.rhea(), cast.document()))
    approval = cast.approval(request.items.get(), timezone.now() + timedelta(days=9))
    ada = cast.ada()
    return lambda: flows.decide(request, [approval], by=ada)


def importing():
    text = export_content().encode()
    return lambda: import_content(text, file="posture.toml")


def accepting():
    version = DocumentVersion(document=cast.document(), number=1, state=DocumentVersion.State.CHECKING)
    with vault.Draft(version, "original") as original:
        original.write(pdfs.blank())
        original.finish()
        version.original = original.keep()
    version.save(force_insert=True)
    prepared = cast.keep_copy(version, pdfs.blank(), {"pages": 1, "slots": []})
    return lambda: checking.accept(prepared)


@pytest.mark.parametrize("begun", [deciding, importing, accepting])
def test_revision_is_locked_before_the_log(begun, settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    content.publish()
    step = begun()
    with CaptureQueriesContext(connection) as captured:
        step()
    locks = [lock for query in captured for lock in (REVISION, LOG) if lock in query["sql"]]
    assert locks[0] == REVISION and LOG in locks
