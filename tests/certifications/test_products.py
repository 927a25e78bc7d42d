"""A page for each product, two side by side, and all by topics on one sheet."""

import io
import re

import pikepdf
import pytest
from django.conf import settings
from django.core.management import call_command

from certifications.models import Product
from tests.certifications import content
from tests.documents import pdfs
from trustcenter.site import products_sheet
from trustcenter.web import printing

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def fresh():
    products_sheet._sheet.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def published(shared_scene):
    content.publish()


def words_of(page) -> str:
    return _words(page.content.decode())


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def section(page, name: str) -> str:
    html = page.content.decode()
    start = html.index(f'<section class="part" id="{name}"')
    return _words(html[start : html.index("</section>", start)])


def test_page_says_everything_public_about_the_product(client):
    page = client.get("/products/enterprise/")
    assert "Training on your data Never No training." in section(page, "policy")
    assert "Direct Processor Direct We process for you. Runs in Vienna Keys Ours" in section(page, "routes")
    assert "Accounts Provides Single sign-on. Your part Connect it." in section(page, "duties")
    assert "SOC 2 Type II" in section(page, "certifications") and "FedRAMP" in section(page, "certifications")
    answers = section(page, "answers")
    assert answers.index("Keys") < answers.index("own keys") < answers.index("Law") < answers.index("Which law")
    assert "Sources disagree" in answers
    # The evidence of its certification and claims; the questionnaire is behind neither.
    assert "SOC 2 report" in section(page, "documents") and "CAIQ" not in section(page, "documents")
    # The host is for the API only.
    assert "Host" not in section(page, "subprocessors")


def test_row_of_another_product_is_not_on_the_page(client):
    page = client.get("/products/api/")
    # The attestation names the other product; the authorization names none, and is the whole company's.
    assert "SOC 2" not in section(page, "certifications") and "FedRAMP" in section(page, "certifications")
    assert "No way to buy it is stated" in section(page, "routes")
    assert "Nothing is stated for this product" in section(page, "duties")
    assert "own keys" not in section(page, "answers") and "Are customer keys there?" in section(page, "answers")
    assert "Host" in section(page, "subprocessors")
    assert client.get("/products/spaceship/").status_code == 404


def test_gated_document_keeps_its_summary(client):
    for path in ("/products/enterprise/", "/products/?a=enterprise&b=api"):
        assert "Secret summary" not in client.get(path).content.decode()


def test_more_products_and_rows_need_no_more_queries(client, django_assert_num_queries):
    tables = content.tables()
    for number in range(8):
        tables["products"].append({**tables["products"][0], "slug": f"plan-{number}", "name": f"Plan {number}"})
        tables["claims"].append({**tables["claims"][2], "slug": f"law-{number}", "products": ["api"]})
        tables["subprocessors"].append({**tables["subprocessors"][0], "slug": f"host-{number}"})
    content.publish(tables)
    with django_assert_num_queries(15):
        client.get("/products/api/")
    with django_assert_num_queries(12):
        client.get("/products/", {"a": "api", "b": "enterprise"})
    with django_assert_num_queries(3):
        client.get("/products/")


def test_two_products_side_by_side(client):
    page = client.get("/products/", {"a": "api", "b": "enterprise"})
    # Answers for every product are common to both, so the topic of law has no row.
    (keys,) = page.context["topics"]
    assert (keys.common, [[claim.slug for claim in claims] for claims in keys.own]) == (1, [[], ["own-keys"]])
    words = words_of(page)
    assert "API and Enterprise" in words and "Direct: Processor" in words and "1 answer about both" in words
    assert [product.slug for product in page.context["shown"]] == ["api", "enterprise"]
    html = " ".join(page.content.decode().partition('id="topics-title"')[2].split())
    own = [html.partition(f'<td data-label="{name}">')[2].partition("</td>")[0] for name in ("API", "Enterprise")]
    assert "No answer of its own" in own[0] and "Can we bring our own keys?" in own[1] and "by arrangement" in own[1]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({}, ""),
        ({"a": "api"}, "Choose two different products."),
        ({"a": "api", "b": "api"}, "Choose two different products."),
        ({"a": "api", "b": "<spaceship>"}, "There is no product “&lt;spaceship&gt;” here."),
        ({"b": "\0"}, "There is no product"),
    ],
)
def test_without_two_products_all_are_compared(client, query, sentence):
    page = client.get("/products/", query)
    assert page.status_code == 200 and sentence in page.content.decode()
    assert [product.slug for product in page.context["shown"]] == ["enterprise", "api"]


def test_pages_say_so_without_a_product(client):
    Product.objects.all().delete()
    assert "No products are described yet" in words_of(client.get("/products/"))
    assert client.get("/products.pdf").content.startswith(b"%PDF-")


def test_sitemap_llms_and_overview_lead_to_the_products(client):
    assert "/products/enterprise/</loc>" in client.get("/sitemap.xml").content.decode()
    assert "/products/enterprise/): A plan." in client.get("/llms.txt").content.decode()
    assert 'href="/products/enterprise/"' in client.get("/").content.decode()
    assert 'href="/products/enterprise/"' in client.get("/answers/", {"product": "enterprise"}).content.decode()


def sheet(client) -> tuple[str, int]:
    answer = client.get("/products.pdf")
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        sizes = {tuple(round(float(side)) for side in page.mediabox[2:]) for page in pdf.pages}
        assert sizes == {(842, 595)}
        return " ".join(" ".join(pdfs.texts(answer.content)).split()), len(pdf.pages)


def test_demo_fits_on_one_sheet_of_a4(client):
    call_command("content", "import", str(settings.BASE_DIR / "content" / "posture.toml"), verbosity=0)
    text, pages = sheet(client)
    assert pages == 1
    for words in ("Claude API", "Claude Enterprise", "Encryption and keys", "Up to 30 days", "AWS Bedrock", "Sources"):
        assert words in text, words


def test_long_texts_and_many_products_fit_too_and_say_what_is_left_out(client, monkeypatch):
    tables = content.tables()
    for number in range(7):
        long = {"training": "Never, and this is written in the contract. " * 30, "name": f"Plan {number}"}
        tables["products"].append({**tables["products"][0], "slug": f"plan-{number}", **long})
    content.publish(tables)
    printed, on_one_sheet = [], printing.on_one_sheet
    monkeypatch.setattr(
        printing, "on_one_sheet", lambda *args, **keys: printed.append(1) or on_one_sheet(*args, **keys)
    )
    text, pages = sheet(client)
    assert pages == 1 and "Only on the page: Plan 4, Plan 5, Plan 6" in text
    once = len(printed)
    sheet(client)
    assert len(printed) == once
