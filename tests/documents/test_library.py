import pytest
from django.urls import reverse

from documents import tasks
from documents.models import Document
from tests import cast
from tests.documents import pdfs
from tests.signin import staff_client
from trustcenter.vault import files as vault

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_document(uploaded):
    document = cast.document("iso-certificate", "public", summary="What the certificate covers.")
    tasks.check_version.call(uploaded(document, pdfs.with_javascript()).pk)
    return document


def test_library_shows_how_to_get_each_document(client, report, open_document):
    Document.objects.filter(pk=report.pk).update(period_start="2025-01-01", period_end="2025-12-31")
    page = client.get(reverse("documents:library"))
    text = page.content.decode()
    assert page.status_code == 200 and not page.cookies
    for word in (
        report.title,
        open_document.title,
        "Under NDA",
        "Open to everyone",
        "3 pages",
        "31 Dec 2025",
    ):
        assert word in text
    assert f"{reverse('requests:ask')}?document={report.slug}" in text
    assert reverse("documents:open", args=[open_document.slug]) in text
    assert reverse("documents:open", args=[report.slug]) not in text


def test_library_needs_few_queries(client, django_assert_max_num_queries):
    for number in range(12):
        cast.current_version(cast.document(f"report-{number}"))
    with django_assert_max_num_queries(10):
        client.get(reverse("documents:library"))


def test_empty_library_says_so(client):
    assert "No documents yet" in client.get(reverse("documents:library")).content.decode()


def test_page_of_a_document(client, report, open_document):
    text = client.get(reverse("documents:document", args=[report.slug])).content.decode()
    assert "How to get it" in text and "Under NDA" in text and "one of us approves" in text
    assert "Sign in to open it" in text
    text = client.get(reverse("documents:document", args=[open_document.slug])).content.decode()
    assert "Open the PDF" in text and "What the certificate covers." in text and "How to get it" not in text
    assert client.get(reverse("documents:document", args=["no-such"])).status_code == 404


def test_document_without_a_version_says_so(client):
    document = cast.document("new", "public")
    assert "In preparation" in client.get(reverse("documents:document", args=[document.slug])).content.decode()
    assert client.get(reverse("documents:open", args=[document.slug])).status_code == 404


def test_public_document_is_sent_unchanged_and_cannot_run_scripts(client, open_document):
    response = client.get(reverse("documents:open", args=[open_document.slug]))
    data = b"".join(response.streaming_content)
    assert response.status_code == 200 and data == pdfs_of(open_document)
    assert response["Content-Disposition"] == 'attachment; filename="iso-certificate-v1.pdf"'
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert int(response["Content-Length"]) == len(data) and not response.cookies
    again = client.get(
        reverse("documents:open", args=[open_document.slug]), headers={"if-none-match": response["ETag"]}
    )
    assert again.status_code == 304


def pdfs_of(document):
    with vault.open(document.current, "original") as original:
        return original.read()


def test_gated_file_has_no_public_url(client, rhea, report, grant):
    there = client.get(reverse("documents:open", args=["no-such"]))
    for signed_in in (False, True):
        if signed_in:
            client.force_login(rhea)
        assert client.get(reverse("documents:open", args=[report.slug])).status_code == there.status_code == 404
    assert client.post(reverse("documents:open", args=[report.slug])).status_code == 405


def test_desk_lists_the_documents(client, edda, report, open_document, uploaded, django_assert_max_num_queries):
    tasks.check_version.call(uploaded(report, pdfs.encrypted()).pk)
    staff_client(client, edda)
    with django_assert_max_num_queries(12):
        text = client.get(reverse("documents:desk")).content.decode()
    assert "Version 1, 3 pages" in text and "Refused" in text and "encrypted" in text
    assert reverse("documents:upload", args=[report.slug]) in text


def test_desk_list_requires_permission(client, rhea, report):
    client.force_login(rhea)
    assert client.get(reverse("documents:desk")).status_code == 403
