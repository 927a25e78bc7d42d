"""A prospect searches with a typing error, filters, compares two products, prints, checks a fiscal year and objects."""

from io import BytesIO
from urllib.request import urlopen

import pikepdf
from playwright.sync_api import expect

from tests.browser.conftest import run_in
from tests.browser.test_walk import Person, person  # noqa: F401  (the fixture)

MAILBOX = "mira-objects@example.com"
# Invented, so its name says so: the demo names real companies.
ANNOUNCE = """
from datetime import timedelta
from django.utils import timezone
from certifications.models import Subprocessor
from trustcenter import audit
today = timezone.localdate()
with audit.change(by=None):
    Subprocessor.objects.create(
        slug="sample-host", name="Sample host for a test", purpose="None", data="None", location="Nowhere",
        as_of=today, announced=today, effective=today + timedelta(days=30),
    )
"""
TAKE_BACK = """
from certifications.models import Subprocessor
from trustcenter import audit
with audit.change(by=None):
    Subprocessor.objects.get(slug="sample-host").delete()
"""


def test_a_prospect_finds_compares_prints_and_objects(site, person):  # noqa: F811
    mira = person("desktop")
    page = mira.page
    mira.visitor.go("/")
    page.get_by_role("searchbox").fill("penatration test")
    page.get_by_role("button", name="Search").click()
    mira.look("search-mistyped")
    page.get_by_role("link", name="penetration test", exact=True).click()
    expect(page.locator("#found")).to_contain_text("for “penetration test”")
    page.get_by_role("checkbox", name="Documents").check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_role("link", name="Penetration test summary")).to_be_visible()
    expect(page.get_by_role("link", name="Is the service penetration tested?")).to_have_count(0)
    page.get_by_role("link", name="remove this filter").click()
    expect(page.get_by_role("link", name="Is the service penetration tested?")).to_be_visible()
    mira.look("search")
    # By the keyboard alone, and something that is not there.
    page.get_by_role("searchbox").fill("zzzzzzzz")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing found for “zzzzzzzz”")).to_be_visible()
    mira.look("search-nothing")

    page.get_by_role("link", name="Products", exact=True).first.click()
    page.get_by_label("First product").select_option("Claude API")
    page.get_by_label("Second product").select_option("Claude Enterprise")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Claude API and Claude Enterprise")
    expect(page.get_by_text("Direct from Anthropic: Processor").first).to_be_visible()
    mira.look("products-compared")
    page.get_by_role("link", name="Claude Enterprise").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Claude Enterprise")
    mira.look("product")
    # On paper there is nothing to click, and everything to read.
    page.emulate_media(media="print")
    expect(page.locator(".masthead nav")).to_be_hidden()
    expect(page.get_by_role("heading", name="Who does what")).to_be_visible()
    page.emulate_media(media="screen")
    with urlopen(f"{site.url}/products.pdf", timeout=20) as answer, pikepdf.open(BytesIO(answer.read())) as pdf:
        assert len(pdf.pages) == 1

    page.get_by_role("link", name="SOC 2 Type II", exact=True).first.click()
    page.get_by_label("It starts in").select_option("July")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("181 of 365 days")).to_be_visible()
    page.locator("summary", has_text="As a table").click()
    mira.look("fiscal-year")

    run_in(site, ANNOUNCE)
    try:
        objects(mira, person("desktop", "dark"))
    finally:
        run_in(site, TAKE_BACK)


def objects(mira: Person, lena: Person) -> None:
    page, desk = mira.page, lena.page
    # The page of everyone is kept for a second.
    page.wait_for_timeout(1200)
    mira.go("/subprocessors/", "subprocessors-announced")
    page.get_by_role("link", name="Object").first.click()
    page.get_by_label("Work e-mail").fill(MAILBOX)
    page.get_by_label("Your name").fill("Mira Holm")
    page.get_by_label("Company").fill("Sample Ltd")
    mira.look("objection")
    page.get_by_label("What do you object to?").fill("Our contract allows hosting in Austria only.")
    page.get_by_role("button", name="Send objection").click()
    page.get_by_label("Code").fill(mira.newest_code())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    mira.look("my-objections")
    lena.sign_in_as_staff("lena@trust.example")
    lena.go("/desk/objections/", "desk-objections")
    desk.get_by_role("link", name="Sample host for a test").first.click()
    lena.look("desk-objection")
    desk.get_by_label("Your answer").fill("It will run in Vienna.")
    desk.get_by_role("button", name="Send answer").click()
    expect(desk.get_by_text("The person gets your answer by e-mail.")).to_be_visible()
    mira.visitor.go("/my/objections/")
    expect(page.get_by_text("It will run in Vienna.")).to_be_visible()
