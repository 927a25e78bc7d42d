import pytest

from tests.certifications import content

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def published():
    content.publish()


def slugs(client, **query) -> list[str]:
    page = client.get("/answers/", query)
    assert page.status_code == 200
    return [claim.slug for group in page.context["topics"] for claim in group["claims"]]


def test_all_answers_stand_under_their_topics(client):
    page = client.get("/answers/")
    assert [group["topic"].slug for group in page.context["topics"]] == ["keys", "law"]
    assert (page.context["count"], page.context["total"]) == (3, 3)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"topic": "law"}, ["law"]),
        # A claim that names no product is about every product.
        ({"product": "api"}, ["keys-later", "law"]),
        ({"q": "BRING keys"}, ["own-keys"]),
        ({"q": "arrangement"}, ["own-keys"]),
        # Not ASCII: SQLite alone would miss it.
        ({"q": "österreichisches RECHT"}, ["law"]),
        ({"q": "ÖSTERREICHISCHES"}, ["law"]),
        ({"q": "100%_'\"\\"}, []),
        ({"q": "\0"}, []),
        ({"q": "keys", "product": "api", "topic": "keys"}, ["keys-later"]),
        ({"q": "keys", "topic": "law"}, []),
    ],
)
def test_filters_narrow_together(client, query, found):
    assert slugs(client, **query) == found


@pytest.mark.parametrize("query", [{"product": "spaceship"}, {"topic": "spaceship"}])
def test_an_unknown_product_or_topic_is_answered_with_a_sentence(client, query):
    page = client.get("/answers/", query)
    assert page.status_code == 200
    assert page.context["count"] == 3
    assert "“spaceship”" in page.context["unknown"][0]
    assert "spaceship" in page.content.decode()


def test_contradicting_claims_stand_side_by_side_even_when_one_is_filtered_out(client):
    html = client.get("/answers/", {"q": "arrangement"}).content.decode()
    assert "Yes, by arrangement." in html
    assert "Not yet." in html


def test_what_was_typed_comes_back_escaped(client):
    html = client.get("/answers/", {"q": "<script>alert(1)"}).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_query_count(client, django_assert_num_queries):
    with django_assert_num_queries(7):
        client.get("/answers/", {"q": "keys"})
