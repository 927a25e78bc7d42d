import pytest
from django.urls import reverse

from certifications.models import Certification, Claim
from documents.models import Document
from tests import cast
from tests.certifications import content
from trustcenter.web import revision

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGES = {
    # The overview also lists subprocessors with their products, and says what each level requires.
    "/": 6,
    # The list also names the documents behind each certification.
    "/certifications/": 3,
    "/certifications/soc-2-type-ii/": 3,
    # The answers also name their documents.
    "/answers/": 3,
    # The list also names the documents behind it.
    "/subprocessors/": 5,
    "/posture.json": 2,
    "/changes/": 4,
    # Every word of the search is in an answer.
    "/search/?q=law": 3,
}


@pytest.fixture
def published():
    content.publish()


@pytest.mark.parametrize(("path", "queries"), PAGES.items())
def test_more_content_needs_no_more_queries(client, django_assert_num_queries, path, queries):
    tables = content.tables()
    for number in range(12):
        tables["claims"].append({**tables["claims"][2], "slug": f"law-{number}", "products": ["api"]})
        tables["documents"].append({**tables["documents"][1], "slug": f"caiq-{number}"})
        tables["subprocessors"].append({**tables["subprocessors"][0], "slug": f"host-{number}"})
    content.publish(tables)
    for document in Document.objects.all():
        cast.current_version(document)
    # The first page of an edition reads the facts for all of them.
    client.get(path)
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/certifications/soc-2-type-ii/"])
def test_pages_work_before_anything_is_published(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_public_pages_open_no_stored_file(client, published, monkeypatch, path):
    def opened(*args, **kwargs):
        raise AssertionError("a stored file was opened")

    monkeypatch.setattr("trustcenter.vault.files.open", opened)
    cast.current_version(Document.objects.get(slug="caiq"))
    assert client.get(path).status_code == 200


def test_list_uses_the_word_of_the_framework(client, published):
    html = client.get("/certifications/").content.decode()
    assert "Attested" in html
    assert "SOC 2 Type II" in html


def test_certification_page_shows_documents_and_claims(client, published):
    page = client.get("/certifications/soc-2-type-ii/")
    assert [document.slug for document in page.context["documents"]] == ["report"]
    assert [claim.slug for claim in page.context["claims"]] == ["own-keys"]
    html = page.content.decode()
    assert "SOC 2 report" in html
    assert "Can we bring our own keys?" in html


def test_unknown_certification_is_not_found(client, published):
    assert client.get(reverse("site:certification", args=["iso"])).status_code == 404


def test_overview_shows_featured_claims_then_the_newest(client):
    tables = content.tables()
    for number in range(1, 9):
        newer = content.DAY.replace(day=number + 1)
        tables["claims"].append({**tables["claims"][2], "slug": f"law-{number}", "as_of": newer})
    content.publish(tables)
    shown = [claim.slug for claim in client.get("/").context["claims"]]
    assert shown == ["own-keys", "law-8", "law-7", "law-6", "law-5", "law-4"]


def test_overview_counts_answers_contradictions_and_documents(client, published):
    Claim.objects.filter(slug="law").update(as_of="2025-01-01", review_by="2026-01-01")
    facts = client.get("/").context["facts"]
    assert facts == {
        "as_of": content.DAY,
        "answers": 3,
        "overdue": 1,
        "disagreements": 1,
        "documents": 2,
        "open": 1,
        "on_request": 0,
        "agreements": [],
        "usual_hours": None,
        "yours": 0,
        "waiting": 0,
    }


def test_overview_names_the_company_and_compares_products_in_words(client, published):
    html = words_of(client.get("/"))
    assert "Trust at Example" in html
    for word in ("Training on your data", "Never", "Not stated", "Each answer names"):
        assert word in html
    assert html.count("data-plain") >= 10


def test_overview_names_what_is_not_offered_and_the_alternative(client, published):
    html = words_of(client.get("/"))
    section = html[html.index('id="not-offered"') : html.index('id="answers"')]
    assert "Keys of your own" in section and "Run it in your own cloud." in section
    # Its claim contradicts another one, so the page says that and links to both.
    assert "Sources disagree" in section and "#own-keys" in section


def test_statuses_are_counted(client, published):
    assert client.get("/certifications/").context["counts"] == {
        "in_place": 1,
        "in_progress": 1,
        "expired": 0,
        "not_held": 0,
    }
    Certification.objects.filter(slug="soc-2-type-ii").update(valid_until="2026-01-01")
    revision.count()
    html = words_of(client.get("/certifications/"))
    assert "1 expired" in html and "in place" not in html


def words_of(page):
    """The page with each run of spaces as one space, as a browser shows it."""
    return " ".join(page.content.decode().split())


def test_subprocessors_are_listed(client, published):
    html = client.get("/subprocessors/").content.decode()
    assert "Host" in html
    assert "Vienna" in html
