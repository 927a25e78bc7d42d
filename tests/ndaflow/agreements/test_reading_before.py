"""The agreement is there to read before anybody asks: as a page and as a PDF that says that nobody has signed it."""

import json
from datetime import timedelta

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from certifications.models import Profile
from tests import cast

pytestmark = pytest.mark.django_db

PAGE, COPY = reverse("agreements:agreement", args=["nda"]), reverse("agreements:unsigned_copy", args=["nda"])


@pytest.fixture
def operator():
    return Profile.objects.create(
        name="Trust",
        legal_name="Trust Operations, PBC",
        website="https://trust.example",
        summary="x",
        as_of="2026-01-01",
    )


def test_a_stranger_reads_the_text_in_force_with_both_parties(client, operator):
    cast.nda()
    version = cast.nda(cast.NDA_TEXT + "\n## 2. Term\n\nThree years.\n")
    cast.nda("# Later\n", effective_at=timezone.now() + timedelta(days=1))
    page = client.get(PAGE)
    body = page.content.decode()
    assert page.status_code == 200 and not page.cookies
    assert "Three years." in body and version.sha256 in body and "Later" not in body
    assert "Trust Operations, PBC" in body and "the legal entity that you name when you sign" in body
    assert COPY in body


def test_the_pdf_says_on_every_page_that_it_is_unsigned(client, operator):
    cast.nda("# Long\n\n" + "A sentence that fills the page. " * 400)
    answer = client.get(COPY)
    assert answer["Content-Type"] == "application/pdf" and "nda-v1-unsigned.pdf" in answer["Content-Disposition"]
    with pypdfium2.PdfDocument(answer.content) as pdf:
        pages = [page.get_textpage().get_text_range() for page in pdf]
    assert len(pages) > 1 and all("unsigned" in page for page in pages)
    assert "Trust Operations, PBC" in pages[0]
    assert client.get(COPY).content == answer.content


def test_without_an_agreement_there_is_no_page_and_no_link(client):
    assert client.get(PAGE).status_code == 404 and client.get(COPY).status_code == 404
    assert PAGE not in client.get(reverse("site:overview")).content.decode()


@pytest.mark.parametrize("url", ["site:overview", "requests:ask"])
def test_the_overview_and_the_form_link_to_it(client, url):
    cast.requestable()
    cast.nda()
    assert f'href="{PAGE}"' in client.get(reverse(url)).content.decode()


def test_the_signing_page_and_the_evidence_name_both_parties(client, operator):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.requestable())
    client.force_login(rhea)
    body = client.get(reverse("requests:sign", args=[request.pk, "nda"])).content.decode()
    assert "Trust Operations, PBC" in body and "Example Corp" in body
    evidence = json.loads(cast.sign(request, rhea, version).evidence)
    assert (evidence["operator"], evidence["entity"]) == ("Trust Operations, PBC", "Example Corp, Inc.")
