"""Legal without a shell: a new version of the NDA, from its text to what its signers see."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.test_reading import approve
from tests.browser.test_walk import RHEA, WALKS, Person, person, wait_until  # noqa: F401  (the fixture)

TEXT = Path(settings.BASE_DIR, "content", "agreements", "mutual-nda.md").read_text(encoding="utf-8")
TERM = "years"


def ask(rhea: Person, mailbox: str) -> str:
    """Requests the bridge letter; returns the request's path."""
    page = rhea.page
    rhea.visitor.go("/access/")
    page.get_by_label("Bridge letter").check()
    for label, words in RHEA.items():
        page.get_by_label(label, exact=True).fill(words.replace("rhea@example.com", mailbox))
    page.get_by_label("What do you need them for?").fill("Vendor review.")
    page.get_by_role("button", name="Send request").click()
    page.get_by_label("Code").fill(rhea.newest_code())
    page.get_by_role("button", name="Continue").click()
    return page.url.removeprefix(rhea.visitor.url)


def sign(rhea: Person) -> None:
    page = rhea.page
    page.get_by_label("Your full name, as your signature").fill("Rhea Diaz")
    page.get_by_label("Your job title").fill("CISO")
    page.get_by_label("Legal entity you sign for").fill("Example Corp, Inc.")
    page.get_by_label("I am authorised to sign").check()
    page.get_by_label("I have read this agreement").check()
    page.get_by_role("button", name=re.compile("^Sign the")).click()


@pytest.mark.parametrize(("size", "scheme"), WALKS[1:2])
def test_new_version_of_the_nda(person, size, scheme):  # noqa: F811
    mailbox = f"rhea-legal-{size}-{scheme}@example.com"
    rhea, ben, lena = person(size, scheme), person(), person(size, scheme)
    page, desk = rhea.page, lena.page

    # Rhea has signed, and reads the bridge letter.
    path = ask(rhea, mailbox)
    page.get_by_role("link", name="Read all 15 sections and sign").click()
    sign(rhea)
    approve(ben, "ben@trust.example", path)
    rhea.visitor.go(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your document is open")

    # Lena looks at the agreements and who signed, and begins a new version with a mistake.
    lena.sign_in_as_staff("lena@trust.example")
    expect(desk).to_have_url(re.compile("/desk/agreements/$"))
    lena.look("agreements")
    desk.get_by_label("Search by name, company or e-mail").fill(mailbox)
    desk.get_by_role("button", name="Search").click()
    expect(desk.get_by_text("“Example Corp, Inc.”")).to_be_visible()
    with desk.expect_download() as waiting:
        desk.get_by_role("link", name="Download as CSV").click()
    assert mailbox in waiting.value.path().read_text(encoding="utf-8-sig")
    desk.get_by_role("link", name="New version: Non-disclosure agreement").click()
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("alert")).to_contain_text("The text is empty.")
    lena.look("agreement-new")
    changed = TEXT.replace(TERM, f"years ({size}, {scheme})", 1)
    desk.get_by_label("Or paste the text").fill(changed + "\nA regulator may see the documents.\n")
    desk.get_by_role("button", name="Preview").click()

    # The preview: what changes, whom each choice stops, and a button that says so.
    expect(desk.locator("ins", has_text=f"({size}, {scheme})")).to_be_visible()
    publish = desk.locator(".decide button")
    expect(publish).to_have_text(re.compile(r"Publish version \d"), use_inner_text=True)
    lena.look("agreement-preview")
    desk.get_by_role("radio", name="Earlier signatures stay good").check()
    expect(desk.get_by_text("This stops nobody.").locator("visible=true")).to_have_count(1)
    desk.get_by_role("radio", name="Sign again with the next request").check()
    expect(publish).to_have_text(re.compile(r"Publish and ask \d+ (person|people) to sign"), use_inner_text=True)
    lena.look("agreement-preview-next-use")
    desk.get_by_role("radio", name=re.compile("Sign again now")).check()
    expect(publish).to_have_text(re.compile(r"Publish and stop \d+ (person|people)"), use_inner_text=True)
    lena.look("agreement-preview-now")
    publish.click()
    expect(desk.get_by_text("is in force. People whom it stops get an e-mail.")).to_be_visible()
    lena.look("agreements-after")
    desk.locator("tbody").get_by_role("link", name=re.compile("version")).first.click()
    lena.look("agreement-version")

    # Rhea is told, finds what she signed, and signs the new version.
    def mailed() -> bool:
        tab = rhea.mailbox()
        found = tab.locator("article.mail", has_text=mailbox).filter(has_text="closed until you sign").count()
        tab.close()
        return bool(found)

    wait_until(mailed, "the mail about the new version")
    rhea.go("/my/", "my-new-version")
    expect(page.get_by_text("Bridge letter", exact=False).first).to_be_visible()
    expect(page.get_by_text("is closed until you sign it")).to_be_visible()
    expect(page.get_by_text("A newer version is in force")).to_be_visible()
    wait_until(lambda: "Signed copy (PDF)" in page.reload().text(), "the signed copy of the former version")
    page.get_by_role("link", name="Read and sign").first.click()
    sign(rhea)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your document is open")
    rhea.go("/my/", "my-signed-again")
    expect(page.get_by_text("Replaced by a newer signature")).to_be_visible()
