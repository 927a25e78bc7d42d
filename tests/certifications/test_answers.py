import pytest

from tests.certifications import content

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def published():
    content.publish()


def slugs(client, **query) -> list[str]:
    page = client.get("/answers/", query)
    assert page.status_code == 200
    return [claim.slug for group in page.context["groups"] for claim in group["claims"]]


def test_all_answers_stand_under_their_topics(client):
    page = client.get("/answers/")
    assert [group["topic"].slug for group in page.context["groups"]] == ["keys", "law"]
    assert (page.context["count"], page.context["total"]) == (3, 3)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"topic": "law"}, ["law"]),
        # A claim that names no product is about every product.
        ({"product": "api"}, ["keys-later", "law"]),
        ({"q": "BRING keys"}, ["own-keys"]),
        ({"q": "arrangement"}, ["own-keys"]),
        # Whatever the endings.
        ({"q": "arranged"}, ["own-keys"]),
        ({"q": "customers key"}, ["keys-later"]),
        # Not ASCII: SQLite alone would miss it.
        ({"q": "österreichisches RECHT"}, ["law"]),
        ({"q": "ÖSTERREICHISCHES"}, ["law"]),
        ({"q": "100%_'\"\\"}, []),
        ({"q": "\0"}, []),
        ({"q": "keys", "product": "api", "topic": "keys"}, ["keys-later"]),
        ({"q": "keys", "topic": "law"}, []),
        # Boxes of one kind widen; different kinds narrow.
        ({"topic": ["keys", "law"]}, ["own-keys", "keys-later", "law"]),
        ({"product": ["api", "enterprise"], "topic": "keys"}, ["own-keys", "keys-later"]),
        ({"state": "evidence"}, ["own-keys"]),
        ({"state": ["evidence", "conflict"]}, ["own-keys"]),
        ({"state": "expired"}, []),
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
    assert "Yes, by <mark>arrangement</mark>." in html
    assert "Not yet." in html


def test_what_was_typed_comes_back_escaped(client):
    html = client.get("/answers/", {"q": "<script>alert(1)"}).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_each_box_counts_what_it_leaves(client):
    page = client.get("/answers/", {"topic": "keys"})
    counts = {(one.name, option.value): option.count for one, options in page.context["filters"] for option in options}
    assert (counts["product", "api"], counts["product", "enterprise"]) == (1, 2)
    # The topic itself is left out of its own counts: they say what the other boxes would give.
    assert (counts["topic", "keys"], counts["topic", "law"]) == (2, 1)
    assert (counts["state", "evidence"], counts["state", "conflict"], counts["state", "expired"]) == (1, 2, 0)


def test_a_checked_box_can_be_removed_alone(client):
    page = client.get("/answers/", {"q": "keys", "product": ["api", "enterprise"]})
    without = {option.value: option.without for _, options in page.context["filters"] for option in options}
    assert without["api"] == "?q=keys&product=enterprise"
    assert without["keys"] == ""
    assert 'href="?q=keys&amp;product=enterprise"' in page.content.decode()


def test_search_marks_words_and_puts_the_best_match_first(client):
    page = client.get("/answers/", {"q": "KEYS arrangement"})
    html = page.content.decode()
    assert "our own <mark>keys</mark>?" in html and "by <mark>arrangement</mark>." in html
    assert "data-best" not in html
    assert "data-best" in client.get("/answers/", {"q": "law holds"}).content.decode()


def test_evidence_is_named_and_leads_to_its_document(client):
    html = client.get("/answers/", {"topic": "keys"}).content.decode()
    assert "Evidence: SOC 2 report" in " ".join(html.split()) and 'href="/documents/report/"' in html


def test_no_answer_says_so_and_whom_to_ask(client):
    html = client.get("/answers/", {"q": "zzz"}).content.decode()
    assert "No answer for “zzz” yet" in html and "mailto:security@trust.example" in html


def test_query_count(client, django_assert_num_queries):
    # One more than the claims, products and topics: the titles of the documents that are evidence.
    with django_assert_num_queries(8):
        client.get("/answers/", {"q": "keys"})
