"""Documents in the admin: what editors see there, and where they go next."""

import pytest
from django.urls import reverse

from documents.models import Document, Level
from tests import admin_pages, cast
from tests.signin import staff_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def edda(client):
    editor = cast.edda()
    staff_client(client, editor)
    return editor


def test_new_document_leads_to_the_upload_of_its_file(client, edda):
    form = {
        "title": "Audit letter",
        "slug": "audit-letter",
        "kind": "bridge_letter",
        "level": Level.objects.get(slug="nda").pk,
        "position": 1,
    }
    answer = client.post(reverse("admin:documents_document_add"), form | {"as_of": "2026-03-01"})
    assert answer.url == "/desk/documents/audit-letter/upload/"
    page = client.get(answer.url).content.decode()
    change = reverse("admin:documents_document_change", args=[Document.objects.get().pk])
    assert "was added successfully" in page and change in page and "at most 200\xa0MB, without" in page
    # From there back to what readers see.
    assert 'href="/documents/audit-letter/"' in client.get(change).content.decode()
    # The slug, an address, is not the first thing to fill in, and stays once it is chosen.
    page = client.get(reverse("admin:documents_document_add")).content.decode()
    assert page.index('id="id_title"') < page.index('id="id_slug"')


def test_further_agreements_are_chosen_and_never_taken_away_once_there_is_a_file(client, edda):
    cast.nda()
    cast.baa()
    document = cast.requestable("plan")
    change = reverse("admin:documents_document_change", args=[document.pk])
    page = client.get(change).content.decode()
    assert 'name="agreements" value="baa"' in page
    form = {"title": "Plan", "kind": "soc2_report", "as_of": "2026-03-01", "position": 0}
    admin_pages.save(client, document, form | {"agreements": ["baa"]})
    document.refresh_from_db()
    assert document.required_agreements == ("nda", "baa")
    answer = admin_pages.save(client, document, form)
    assert "no agreement can be removed" in answer.content.decode()
    document.refresh_from_db()
    assert document.agreements == ["baa"]
