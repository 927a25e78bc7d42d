"""The walk of an editor in a real browser: a new version looked at and published, a wrong one taken back, a status changed."""

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


def test_editor_publishes_a_version_takes_it_back_and_changes_a_status(person):
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
    expect(page.get_by_text("Enter both ends of the period").first).to_be_visible()
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

    # A certification changes: one choice, and word, icon and log agree.
    page.goto(f"{edda.visitor.url}/admin/certifications/certification/")
    page.get_by_role("link", name="FedRAMP").first.click()
    page.get_by_label("Status").select_option(label="Attested")
    page.get_by_role("button", name="Save", exact=True).click()
    edda.go("/certifications/", "certifications")
    line = page.locator("tr", has_text="FedRAMP")
    expect(line.get_by_text("Attested")).to_be_visible()
    expect(line.get_by_text("In progress")).to_have_count(0)

    # Put back for the walks that come after, on the same site.
    page.goto(f"{edda.visitor.url}/admin/certifications/certification/")
    page.get_by_role("link", name="FedRAMP").first.click()
    page.get_by_label("Status").select_option(label="In progress")
    page.get_by_role("button", name="Save", exact=True).click()
