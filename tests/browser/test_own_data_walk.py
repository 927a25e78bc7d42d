"""A reader on a phone without JavaScript: ends another session, takes a copy of their data, and has it erased by legal."""

import json
import zipfile

from playwright.sync_api import expect

from tests.browser.conftest import run_in
from tests.browser.test_agreement_walk import ask, sign
from tests.browser.test_reading import approve
from tests.browser.test_walk import Person, person, wait_until  # noqa: F401  (the fixture)

MAILBOX = "rhea-own-data@example.com"
NEARLY_A_YEAR_LATER = f"""
from datetime import timedelta
from django.db.models import F
from documents.models import AccessGrant
passed = timedelta(days=350)
AccessGrant.objects.filter(holder__email="{MAILBOX}").update(starts_at=F("starts_at") - passed, ends_at=F("ends_at") - passed)
"""


def test_a_reader_renews_exports_and_erases(site, person, tmp_path):  # noqa: F811
    rhea, ben, lena = person("phone", java_script_enabled=False), person(), person("desktop", "dark")
    page, desk = rhea.page, lena.page
    path = ask(rhea, MAILBOX)
    page.get_by_role("link", name="Read all 15 sections and sign").click()
    sign(rhea)
    approve(ben, "ben@trust.example", path)
    run_in(site, NEARLY_A_YEAR_LATER)

    # One click asks for more time, as a request like any other; what is open stays open.
    rhea.visitor.go("/my/")
    page.get_by_role("button", name="Renew").click()
    renewal = page.url.removeprefix(rhea.visitor.url)
    assert renewal.startswith("/access/") and renewal != path
    rhea.visitor.go("/my/")
    expect(page.get_by_role("link", name="Your renewal is under way")).to_be_visible()
    expect(page.get_by_text("This one")).to_be_visible()
    # axe needs scripts, so it looks at her pages through a second browser with her session.
    eyes = person("phone", storage_state=rhea.visitor.context.storage_state())
    eyes.go("/my/", "my-access")
    eyes.go("/my/data/", "my-data")
    page.get_by_role("link", name="My data").last.click()
    page.get_by_role("button", name="Prepare my data").click()
    ready = page.get_by_role("button", name="Download my data (ZIP)")

    def is_ready() -> bool:
        rhea.visitor.go("/my/data/")
        return ready.is_visible()

    wait_until(is_ready, "the export")
    eyes.go("/my/data/", "my-data-ready")
    with page.expect_download() as waiting:
        ready.click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert json.loads(archive.read("data/account.json"))[0]["email"] == MAILBOX
        assert any(name.startswith("signed/") for name in archive.namelist())

    page.locator("summary", has_text="Erase my data").click()
    page.get_by_label("I understand what ends").check()
    page.get_by_role("button", name="Ask to erase my data").click()
    expect(page.get_by_text("Keep my data after all")).to_be_visible()
    eyes.go("/my/data/", "my-data-erasure")

    lena.sign_in_as_staff("lena@trust.example")
    lena.go("/desk/erasures/", "erasures")
    desk.get_by_role("link", name=MAILBOX).click()
    desk.locator("summary", has_text="Erase the data").click()
    lena.look("erasure")
    desk.get_by_label(f"Type {MAILBOX}").fill(MAILBOX)
    desk.get_by_role("button", name="Erase the data", exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Erased person")
    lena.look("erasure-done")

    # Her session has ended with her account, and the mail is the last one.
    rhea.visitor.go("/my/")
    expect(page.get_by_text("Sign in").first).to_be_visible()
    tab = rhea.mailbox()
    assert "Your data has been erased" in tab.locator("article.mail", has_text=MAILBOX).first.inner_text()
    tab.close()
