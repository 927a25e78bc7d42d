"""/search/ finds every public fact, whatever the words' endings, spelling and other names; the same on both databases."""

import pytest

from certifications.models import Claim, SearchEntry
from certifications.search import index
from certifications.search.query import parse
from tests import cast
from tests.certifications import content
from trustcenter import audit

pytestmark = pytest.mark.django_db


def tables():
    """The facts of the test content, and some more that are about other things."""
    made = content.tables()
    plain = {**made["claims"][2], "topic": "law", "products": []}
    questions = {
        "rest": ("Is data encrypted at rest?", "Yes, with AES-256."),
        "interest": (
            "Who has an interest?",
            "Nobody. Access is restricted, and privileged access takes a second factor.",
        ),
        "pentests": ("Who tests the product?", "Penetration tests are done by a third party every year."),
        "policy": ("Do you have an access policy?", "It is reviewed every year. The company's policies are public."),
        "japan": ("日本のデータはどこに保存されますか", "東京に保存されます。"),
        "arabic": ("أين يتم تخزين البيانات؟", "في فيينا."),
        "accents": ("Où sont gardées les données ?", "À Vienne, près de l’opéra."),
    }
    made["claims"] += [
        {**plain, "slug": slug, "question": question, "answer": answer}
        for slug, (question, answer) in questions.items()
    ]
    return made


@pytest.fixture(scope="module", autouse=True)
def published(shared_scene):
    content.publish(tables())


def hits(client, words: str, **query: object) -> list[str]:
    page = client.get("/search/", {"q": words, **query})
    assert page.status_code == 200
    return [f"{hit.entry.kind}:{hit.entry.slug}" for hit in page.context["hits"]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        # Each kind, by its name and by what is said about it.
        ("SOC 2 Type II", ["certification:soc-2-type-ii"]),
        ("attested", ["certification:soc-2-type-ii"]),
        ("Sample Audit", ["certification:soc-2-type-ii"]),
        ("CAIQ", ["document:caiq"]),
        ("questionnaire", ["document:caiq"]),
        ("incident export", ["update:export-late"]),
        # An entry of its timeline.
        ("entries are sent", ["update:export-late"]),
        ("Vienna hosting", ["subprocessor:host"]),
        # The routes of a product and what is done with it.
        ("Accounts", ["product:enterprise"]),
        # What is named so comes before what only mentions it.
        ("soc2", ["certification:soc-2-type-ii", "document:report"]),
        ("SOC-2 report", ["document:report"]),
        # Endings, hyphens, case, accents, genitives.
        ("ENCRYPTION at-rest", ["claim:rest"]),
        ("encrypting", ["claim:rest"]),
        ("aes256", ["claim:rest"]),
        ("policies company", ["claim:policy"]),
        ("österreichisches recht", ["claim:law"]),
        ("OSTERREICHISCH", ["claim:law"]),
        ("donnees opera", ["claim:accents"]),
        # The beginning of a word, but not its middle.
        ("restr", ["claim:interest"]),
        ("terest", []),
        # Other names of the same thing, in both directions.
        ("MFA", ["claim:interest"]),
        ("two-factor", ["claim:interest"]),
        ("pentest", ["claim:pentests"]),
        ("pen testing", ["claim:pentests"]),
        ("type 2", ["certification:soc-2-type-ii"]),
        # The words of a question say nothing.
        ("do you have an access policy?", ["claim:policy"]),
        ("do you", ["claim:policy"]),
        # Other scripts.
        ("データ", ["claim:japan"]),
        ("保存", ["claim:japan"]),
        ("البيانات", ["claim:arabic"]),
    ],
)
def test_words_find_what_is_meant(client, words, found):
    assert hits(client, words) == found


def test_gated_summary_is_never_indexed(client):
    assert hits(client, "secret summary") == []
    assert not SearchEntry.objects.filter(words__contains="secret").exists()
    assert "Secret summary" not in client.get("/search/", {"q": "SOC 2 report"}).content.decode()


def test_post_is_shown_with_its_day(client):
    assert "3 Mar 2026" in client.get("/search/", {"q": "incident export"}).content.decode()


def test_post_for_the_readers_of_a_level_is_never_indexed(client):
    assert hits(client, "report added", kind="update") == []
    assert not SearchEntry.objects.filter(slug="report-added").exists()


def test_staff_facts_are_never_indexed(client):
    assert hits(client, "mara") == []


def test_words_are_marked_and_escaped(client):
    html = client.get("/search/", {"q": "own arrangements <b>"}).content.decode()
    assert "Can we bring our <mark>own</mark> keys?" in html and "by <mark>arrangement</mark>." in html
    html = client.get("/search/", {"q": "SOC2"}).content.decode()
    assert "<mark>SOC 2</mark> Type II" in html
    html = client.get("/search/", {"q": "restricted"}).content.decode()
    assert "<mark>restricted</mark>" in html and "inte<mark>" not in html
    # Sources that disagree are said to.
    assert "Sources disagree" in client.get("/search/", {"q": "own keys"}).content.decode()


def test_markup_in_a_fact_is_text(client):
    with audit.change(by=None) as change:
        change.public_content_changed = True
        Claim.objects.filter(slug="rest").update(answer="<script>alert(1)</script> encrypted " + "and so on " * 80)
    html = client.get("/search/", {"q": "encrypted"}).content.decode()
    assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html and "…" in html


def test_filters_and_their_counts(client):
    page = client.get("/search/", {"q": "keys law"})
    assert page.context["found"].partly
    found = client.get("/search/", {"q": "keys"})
    counts = {(one.name, box.value): box.count for one, boxes in found.context["filters"] for box in boxes}
    assert (counts["kind", "claim"], counts["kind", "document"], counts["product", "api"]) == (2, 0, 1)
    assert hits(client, "keys", product="api") == ["claim:keys-later"]
    assert hits(client, "SOC 2", kind="document") == ["document:report"]
    assert hits(client, "SOC 2", kind=["document", "certification"]) == [
        "certification:soc-2-type-ii",
        "document:report",
    ]
    page = client.get("/search/", {"q": "SOC 2", "kind": "subprocessor"})
    assert "Nothing matches these filters" in page.content.decode()
    page = client.get("/search/", {"q": "SOC 2", "kind": "<spaceship>"})
    assert "There is no kind “&lt;spaceship&gt;” here." in page.content.decode() and page.context["count"] == 2


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("encrpyted", "encrypted"),
        ("penatration test", "penetration test"),
        ("pentset", "pentest"),
        ("Are cusotmer keys there", "are customer keys there"),
        ("österreichishes recht", "österreichisches recht"),
        ("zzzzzzzz", ""),
        ("kez managment", "key management"),
        ("kez", "key"),
        # Two known words are as close, or it is too short, or a number: nothing is sure.
        ("pxi", ""),
        ("kz", ""),
        ("27101", ""),
    ],
)
def test_spelling_is_corrected(client, words, meant):
    page = client.get("/search/", {"q": words})
    assert page.context["found"].meant == meant
    assert ("Did you mean" in page.content.decode()) == bool(meant)
    if meant:
        assert hits(client, meant)


def test_nothing_found_has_a_way_on(client):
    html = client.get("/search/", {"q": "zzzzzzzz"}).content.decode()
    assert "Nothing found for “<bdi>zzzzzzzz</bdi>”" in html
    assert "mailto:security@trust.example" in html and 'href="/answers/"' in html and 'href="/documents/"' in html
    assert "What are you looking for?" in client.get("/search/").content.decode()


@pytest.mark.parametrize(
    "words",
    [
        "'\"; DROP TABLE certifications_searchentry; --",
        '"keys" AND OR NOT NEAR(law, 5) title_stems : keys* ^ -law + {}',
        "keys & ! | <-> :* 'law' \\",
        "keys " * 2000,
        "x" * 10_000,
        "\0keys\0",
        "!?…—·«»()[]{}%_*",
        "\u202ekeys\u202c \u200f",
        "🙂 ½ ² ﬁ ẞ İ",
        "1e5 12abc 0x1f 1.2.3 -1 +1",
        "\ud7ff \ue000 \uffff",
    ],
)
def test_hostile_words_get_an_answer(client, words):
    for path in ("/search/", "/answers/"):
        page = client.get(path, {"q": words, "page": "x", "kind": words, "product": words})
        assert page.status_code == 200 and len(page.content) < 100_000
    assert "claim:own-keys" in hits(client, "keys \0 ' \" &")


def test_everything_found_is_shown_page_by_page(client, django_assert_num_queries):
    made = tables()
    made["claims"] += [{**made["claims"][2], "slug": f"law-{number}"} for number in range(45)]
    content.publish(made)
    # The first page of an edition reads its facts, and its words for the spelling.
    client.get("/search/", {"q": "lwa"})
    # The edition, the search, and the page of results.
    with django_assert_num_queries(3):
        client.get("/search/", {"q": "law"})
    with django_assert_num_queries(2):
        assert "holds" in client.get("/search/", {"q": "hodls"}).content.decode()
    seen = [hit for page in (1, 2, 3) for hit in hits(client, "law holds", page=page)]
    assert len(seen) == len(set(seen)) == 46


def test_index_follows_each_change(client):
    content.publish()
    assert hits(client, "rest") == []
    before = dict(SearchEntry.objects.values_list("slug", "pk"))
    with audit.change(by=None):
        claim = Claim.objects.get(slug="law")
        claim.answer = "The law of Iceland."
        claim.save()
    assert hits(client, "iceland") == ["claim:law"] and hits(client, "recht") == []
    # Other rows are not touched.
    after = dict(SearchEntry.objects.values_list("slug", "pk"))
    assert {slug for slug in before if before[slug] != after[slug]} == {"law"}
    with audit.change(by=None):
        Claim.objects.get(slug="law").delete()
    assert hits(client, "iceland") == []


def test_document_that_becomes_gated_loses_its_summary(client):
    made = tables()
    made["documents"][1]["summary"] = "Zebras."
    content.publish(made)
    assert hits(client, "zebra") == ["document:caiq"]
    made["documents"][1]["level"] = "nda"
    content.publish(made)
    assert hits(client, "zebra") == [] and hits(client, "CAIQ") == ["document:caiq"]
    assert not SearchEntry.objects.filter(kind="document").exclude(text="").exists()


def test_index_of_another_release_is_rebuilt(client, monkeypatch):
    from certifications.history import revising

    monkeypatch.setattr(index, "VERSION", "0")
    with audit.change(by=None) as change:
        change.public_content_changed = True
    SearchEntry.objects.update(title_stems="", text_stems="")
    assert hits(client, "keys") == []
    monkeypatch.undo()
    revising.revise_by_the_clock()
    assert hits(client, "own keys") == ["claim:own-keys"]


def test_change_that_fails_leaves_the_index(client):
    with pytest.raises(RuntimeError), audit.change(by=None):
        Claim.objects.get(slug="law").delete()
        raise RuntimeError
    assert hits(client, "recht") == ["claim:law"]


def test_parts_are_few_however_many_words_there_are():
    assert len(parse("a1 b2 c3 d4 " + " ".join(f"word{n}" for n in range(300))).parts) <= 12


def test_page_works_before_anything_is_published(client):
    SearchEntry.objects.all().delete()
    assert "Nothing found" in client.get("/search/", {"q": "keys"}).content.decode()


def test_reader_sees_no_more_than_others(client):
    client.force_login(cast.rhea())
    assert hits(client, "secret summary") == []
