import pytest

from tests.certifications import content

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def published(shared_scene):
    content.publish()


def slugs(client, **query) -> list[str]:
    page = client.get("/answers/", query)
    assert page.status_code == 200
    return [claim.slug for group in page.context["found"]["groups"] for claim in group["claims"]]


def test_answers_are_grouped_by_topic(client):
    page = client.get("/answers/")
    assert [group["topic"].slug for group in page.context["found"]["groups"]] == ["keys", "law"]
    assert (page.context["found"]["count"], page.context["total"]) == (3, 3)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"topic": "law"}, ["law"]),
        # A claim without products is about every product.
        ({"product": "api"}, ["keys-later", "law"]),
        ({"q": "BRING keys"}, ["own-keys"]),
        ({"q": "arrangement"}, ["own-keys"]),
        # Other endings of the words.
        ({"q": "arranged"}, ["own-keys"]),
        ({"q": "customers key"}, ["keys-later"]),
        # Not ASCII: SQLite's own comparison would miss it.
        ({"q": "österreichisches RECHT"}, ["law"]),
        ({"q": "ÖSTERREICHISCHES"}, ["law"]),
        ({"q": "100%_'\"\\"}, []),
        # Nothing is left of it to search for.
        ({"q": "\0"}, ["own-keys", "keys-later", "law"]),
        ({"q": "keys", "product": "api", "topic": "keys"}, ["keys-later"]),
        ({"q": "keys", "topic": "law"}, []),
        # Boxes of one filter widen the result; different filters narrow it.
        ({"topic": ["keys", "law"]}, ["own-keys", "keys-later", "law"]),
        ({"product": ["api", "enterprise"], "topic": "keys"}, ["own-keys", "keys-later"]),
        ({"state": "evidence"}, ["own-keys"]),
        ({"state": ["evidence", "conflict"]}, ["own-keys"]),
        ({"state": "overdue"}, []),
    ],
)
def test_filters_are_combined(client, query, found):
    assert slugs(client, **query) == found


@pytest.mark.parametrize("query", [{"product": "spaceship"}, {"topic": "spaceship"}])
def test_unknown_product_or_topic_gets_a_sentence(client, query):
    page = client.get("/answers/", query)
    assert page.status_code == 200
    assert page.context["found"]["count"] == 3
    assert "“spaceship”" in page.context["unknown"][0]
    assert "spaceship" in page.content.decode()


def test_contradicting_claims_are_shown_together_even_if_a_filter_excludes_one(client):
    html = client.get("/answers/", {"q": "arrangement"}).content.decode()
    assert "Yes, by <mark>arrangement</mark>." in html
    assert "Not yet." in html


def test_search_text_is_shown_again_escaped(client):
    html = client.get("/answers/", {"q": "<script>alert(1)"}).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_each_box_shows_how_many_answers_it_would_give(client):
    page = client.get("/answers/", {"topic": "keys"})
    counts = {(one.name, option.value): option.count for one, options in page.context["filters"] for option in options}
    assert (counts["product", "api"], counts["product", "enterprise"]) == (1, 2)
    # The counts of the topics ignore the chosen topic, so they show what the other boxes would give.
    assert (counts["topic", "keys"], counts["topic", "law"]) == (2, 1)
    assert (counts["state", "evidence"], counts["state", "conflict"], counts["state", "overdue"]) == (1, 2, 0)


def test_each_filter_can_be_removed_alone(client):
    page = client.get("/answers/", {"q": "keys", "product": ["api", "enterprise"]})
    without = {option.value: option.without for _, options in page.context["filters"] for option in options}
    assert without["api"] == "?product=enterprise&q=keys"
    assert without["keys"] == ""
    assert 'href="?product=enterprise&amp;q=keys"' in page.content.decode()


def test_search_highlights_words_and_puts_the_best_match_first(client):
    page = client.get("/answers/", {"q": "KEYS arrangement"})
    html = page.content.decode()
    assert "our own <mark>keys</mark>?" in html and "by <mark>arrangement</mark>." in html
    assert "data-best" not in html
    assert "data-best" in client.get("/answers/", {"q": "law holds"}).content.decode()


def test_evidence_links_to_its_document(client):
    html = client.get("/answers/", {"topic": "keys"}).content.decode()
    assert "Evidence: SOC 2 report" in " ".join(html.split()) and 'href="/documents/report/"' in html


def test_search_without_results_says_whom_to_ask(client):
    html = client.get("/answers/", {"q": "zzz"}).content.decode()
    assert "No answer for “zzz” yet" in html and "mailto:security@trust.example" in html


def test_query_count(client, django_assert_num_queries):
    # The edition, the search, topics, and the titles of the documents that are evidence.
    client.get("/answers/")
    with django_assert_num_queries(4):
        client.get("/answers/", {"q": "keys"})
