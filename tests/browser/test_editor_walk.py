"""The walk of an editor in a real browser: a new version looked at and published, a wrong one taken
back; a fact drafted, previewed, scheduled, published and taken back."""

import re

from playwright.sync_api import Page, expect

from content import samples
from tests.browser.test_walk import Person, person, wait_until

__all__ = ["person"]

TITLE = "Bridge letter (sample)"
UPLOAD = "/desk/documents/bridge-letter/upload/"


def upload(edda: Person, sample: str) -> None:
    """Uploads one of the demo's own files as the next version, and waits until it is checked."""
    page = edda.go(UPLOAD, "editor-upload")
    page.get_by_label("File").set_input_files(samples.HERE / f"{sample}.pdf")
    page.get_by_role("button", name="Upload and check").click()
    wait_until(lambda: "Look at it and publish it" in row(edda.go("/desk/documents/", "editor-documents")), "the check")


def row(page: Page) -> str:
    return page.locator("tr", has_text=TITLE).inner_text()


def test_editor_publishes_a_version_and_takes_it_back(person):
    edda = person()
    edda.sign_in_as_staff("edda@trust.example")
    page = edda.page

    # A wrong file: it passes its checks, and its pages show that it is another document.
    upload(edda, "iso-27001-certificate")
    page.locator("tr", has_text=TITLE).get_by_role("link", name=re.compile("Look at it")).click()
    expect(page.get_by_role("heading", name=f"Version 2 of {TITLE}")).to_be_visible()
    page.get_by_role("button", name="Open its pages").click()
    picture = page.locator("figure img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 700
    edda.look("editor-version")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("heading", name="Page 2 of")).to_be_visible()

    # Published by mistake all the same, with a period whose end is missing at first.
    page.get_by_label("Period to").fill("")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Enter the first and the last day of the period").first).to_be_visible()
    edda.look("editor-dates")
    page.get_by_label("Period to").fill("2026-02-28")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Readers get version 2")).to_be_visible()

    # Taken back: the former version is opened and published again.
    edda.go(UPLOAD, "editor-versions")
    page.locator("li", has=page.get_by_role("heading", name="Version 1")).get_by_role(
        "link", name="Open its pages"
    ).click()
    page.get_by_role("button", name="Open its pages").click()
    expect(page.locator("figure img")).to_be_visible()
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("Readers get version 1")).to_be_visible()

    # Uploaded again, noticed in time, and discarded.
    upload(edda, "iso-27001-certificate")
    page.locator("tr", has_text=TITLE).get_by_role("link", name=re.compile("Look at it")).click()
    page.get_by_text("Discard this version").click()
    page.get_by_role("button", name="Discard version 3").click()
    expect(page.get_by_text("Its file is deleted")).to_be_visible()


def test_editor_drafts_previews_schedules_publishes_and_goes_back(person):
    edda = person()
    edda.sign_in_as_staff("edda@trust.example")
    page = edda.go("/desk/content/", "content")
    page.get_by_role("link", name="FedRAMP").first.click()
    address = page.url
    edda.look("content-row")

    # What was typed is shown as visitors would see it, with one choice for word, icon and log; nothing is saved.
    page.get_by_label("Status").select_option(label="Attested")
    for label in ("Stage", "Target date", "Route"):
        page.get_by_label(label).fill("")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview").get_by_text("Attested")).to_be_visible()
    expect(page.get_by_text("Not saved")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", name="What changes for visitors")).to_be_visible()
    edda.look("content-draft")
    edda.visitor.go("/certifications/")
    line = page.locator("tr", has_text="FedRAMP")
    expect(line.get_by_text("In progress")).to_be_visible()

    # A date, taken back, and published now.
    page.goto(address)
    page.get_by_label("Publish at (UTC)").fill("2036-01-01T09:00")
    if page.get_by_label("I have read the checks").is_visible():
        page.get_by_label("I have read the checks").check()
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("Scheduled", exact=True)).to_be_visible()
    edda.look("content-scheduled")
    page.get_by_role("button", name="Cancel the date").click()
    if page.get_by_label("I have read this and publish it as it is").is_visible():
        page.get_by_label("I have read this and publish it as it is").check()
    page.get_by_role("button", name=re.compile("^Publish")).first.click()
    expect(page.get_by_text("Visitors see it now.")).to_be_visible()
    edda.visitor.go("/certifications/")
    expect(line.get_by_text("Attested")).to_be_visible()
    expect(line.get_by_text("In progress")).to_have_count(0)

    # Back to what it said first, for the walks that come after on the same site.
    page.goto(address)
    page.get_by_role("link", name="Earlier versions").click()
    edda.look("content-earlier")
    page.get_by_role("button", name=re.compile("Make it a draft")).last.click()
    expect(page.get_by_text("This is a draft now.")).to_be_visible()
    if page.get_by_label("I have read this and publish it as it is").is_visible():
        page.get_by_label("I have read this and publish it as it is").check()
    page.get_by_role("button", name=re.compile("^Publish")).first.click()
    expect(page.get_by_text("Visitors see it now.")).to_be_visible()
    edda.visitor.go("/certifications/")
    expect(line.get_by_text("In progress")).to_be_visible()
