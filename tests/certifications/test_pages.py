import pytest
from django.urls import reverse

from certifications.models import Claim
from documents.models import Document
from tests import cast
from tests.certifications import content

pytestmark = pytest.mark.django_db

PAGES = {
    "/": 10,
    "/certifications/": 3,
    "/certifications/soc-2-type-ii/": 8,
    "/answers/": 7,
    "/subprocessors/": 4,
    "/posture.json": 10,
}


@pytest.fixture
def published():
    content.publish()


@pytest.mark.parametrize(("path", "queries"), PAGES.items())
def test_pages_ask_the_database_no_more_with_more_content(client, django_assert_num_queries, path, queries):
    tables = content.tables()
    for number in range(12):
        tables["claims"].append({**tables["claims"][2], "slug": f"law-{number}", "products": ["api"]})
        tables["documents"].append({**tables["documents"][1], "slug": f"caiq-{number}"})
        tables["subprocessors"].append({**tables["subprocessors"][0], "slug": f"host-{number}"})
    content.publish(tables)
    for document in Document.objects.all():
        cast.current_version(document)
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/certifications/soc-2-type-ii/"])
def test_before_anything_is_published_pages_are_friendly(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_public_pages_never_open_a_stored_file(client, published, monkeypatch, path):
    def opened(*args, **kwargs):
        raise AssertionError("a stored file was opened")

    monkeypatch.setattr("trustcenter.vault.files.open", opened)
    cast.current_version(Document.objects.get(slug="caiq"))
    assert client.get(path).status_code == 200


def test_the_list_says_the_frameworks_own_word(client, published):
    html = client.get("/certifications/").content.decode()
    assert "Attested" in html
    assert "SOC 2 Type II" in html


def test_a_certification_shows_what_proves_it_and_what_people_ask(client, published):
    page = client.get("/certifications/soc-2-type-ii/")
    assert [document.slug for document in page.context["documents"]] == ["report"]
    assert [claim.slug for claim in page.context["claims"]] == ["own-keys"]
    html = page.content.decode()
    assert "SOC 2 report" in html
    assert "Can we bring our own keys?" in html


def test_an_unknown_certification_is_not_there(client, published):
    assert client.get(reverse("site:certification", args=["iso"])).status_code == 404


def test_the_overview_shows_featured_claims_first_then_the_newest(client):
    tables = content.tables()
    for number in range(1, 9):
        newer = content.DAY.replace(day=number + 1)
        tables["claims"].append({**tables["claims"][2], "slug": f"law-{number}", "as_of": newer})
    content.publish(tables)
    shown = [claim.slug for claim in client.get("/").context["claims"]]
    assert shown == ["own-keys", "law-8", "law-7", "law-6", "law-5", "law-4"]


def test_the_overview_counts_statements_and_the_expired_ones(client, published):
    Claim.objects.filter(slug="law").update(valid_until="2026-01-01")
    facts = client.get("/").context["facts"]
    assert facts == {"as_of": content.DAY, "statements": 3, "expired": 1, "usual_hours": None}


def test_subprocessors_are_listed(client, published):
    html = client.get("/subprocessors/").content.decode()
    assert "Host" in html
    assert "Vienna" in html
