"""Legal without a shell: a new version of the NDA, a paper put on file, and a redline accepted."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.test_reading import approve
from tests.browser.test_walk import RHEA, WALKS, Person, person, wait_until  # noqa: F401  (the fixture)
from tests.documents import pdfs

TEXT = Path(settings.BASE_DIR, "content", "agreements", "mutual-nda.md").read_text(encoding="utf-8")
TERM = "years"
PDF = pdfs.blank(pdfs.TEXT)


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
    page.get_by_label("I am authorized to sign").check()
    page.get_by_label("I have read this agreement").check()
    page.get_by_role("button", name=re.compile("^Sign the")).click()


@pytest.mark.parametrize(("size", "scheme"), WALKS[:1])
def test_legal_publishes_files_a_paper_and_accepts_a_redline(person, size, scheme):  # noqa: F811
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
    lena.go("/desk/agreements/", "agreements")
    desk.get_by_label("Search by person, company or domain").fill(mailbox)
    desk.get_by_role("button", name="Search").click()
    expect(desk.get_by_text("“CISO”, “Example Corp, Inc.”")).to_be_visible()
    with desk.expect_download() as waiting:
        desk.get_by_role("button", name="Download as CSV").click()
    assert mailbox in waiting.value.path().read_text(encoding="utf-8-sig")
    desk.get_by_role("link", name=re.compile("^New version")).first.click()
    # The text in force stands there to be changed.
    desk.get_by_label("Or write the text here").fill("")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("alert")).to_contain_text("The text is empty.")
    lena.look("agreement-new")
    changed = TEXT.replace(TERM, f"years ({size}, {scheme})", 1)
    desk.get_by_label("Or write the text here").fill(changed + "\nA regulator may see the documents.\n")
    desk.get_by_role("button", name="Preview").click()

    # The preview: what changes, whom each choice stops, and a button that says so.
    expect(desk.locator("ins", has_text=f"({size}, {scheme})")).to_be_visible()
    publish = desk.locator(".decide button")
    expect(publish).to_have_text(re.compile(r"Publish version \d"), use_inner_text=True)
    lena.look("agreement-preview")
    desk.get_by_role("radio", name="Earlier signatures stay valid").check()
    expect(desk.get_by_text("This stops nobody.").locator("visible=true")).to_have_count(1)
    desk.get_by_role("radio", name="Sign again with the next request").check()
    expect(publish).to_have_text(re.compile(r"Publish and ask \d+ (person|people) to sign"), use_inner_text=True)
    lena.look("agreement-preview-next-use")
    desk.get_by_role("radio", name=re.compile("Sign again now")).check()
    expect(publish).to_have_text(re.compile(r"Publish and stop \d+ (person|people)"), use_inner_text=True)
    lena.look("agreement-preview-now")
    publish.click()
    expect(desk.get_by_text("is in force. People it stops get an e-mail.")).to_be_visible()
    lena.look("agreements-after")
    desk.get_by_role("link", name=re.compile("^Text and difference")).first.click()
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

    # A counterparty uploads a redline. Lena works without scripts now; axe looks at the same pages with them.
    mira, plain = person(size, scheme), person(size, scheme, java_script_enabled=False)
    plain.visitor.context.add_cookies(lena.visitor.context.cookies())
    path = ask(mira, f"mira-legal-{size}-{scheme}@example.org")
    mira.page.get_by_role("link", name="Your own text or changes? Upload a paper").click()
    mira.look("paper-upload")
    mira.page.get_by_label("The text on this site, with changes").check()
    mira.page.get_by_label("What should we know?").fill("We changed section 9.")
    mira.page.get_by_label("Signed paper, PDF").set_input_files(pdf("redline.pdf"))
    mira.page.get_by_role("button", name="Send it to our legal team").click()
    expect(mira.page.get_by_role("heading", level=1)).to_have_text("Our legal team checks your paper")
    mira.look("paper-waits")
    desk = plain.page
    plain.visitor.go("/desk/agreements/?show=check")
    desk.get_by_role("link", name=re.compile("mira-legal")).click()
    lena.go(desk.url.removeprefix(lena.visitor.url), "paper")
    with desk.expect_download() as waiting:
        desk.get_by_role("button", name="Open the paper (PDF)").click()
    assert waiting.value.path().read_bytes() == PDF
    terms(desk)
    desk.get_by_role("button", name="Accept the paper").click()
    expect(desk.get_by_text("Accepted. We have told the person who uploaded it.")).to_be_visible()
    lena.go(desk.url.removeprefix(lena.visitor.url), "paper-accepted")
    mira.visitor.go(path)
    expect(mira.page.locator("#papers").get_by_text("Accepted")).to_be_visible()

    # She puts a paper on file that was signed elsewhere: first with a file that is no PDF, then with the right one.
    plain.visitor.go("/desk/agreements/nda/paper/")
    lena.go("/desk/agreements/nda/paper/", "paper-file")
    desk.get_by_label("One person").check()
    desk.get_by_label("Which person, domain or company").fill(mailbox)
    desk.get_by_label("Signed paper, PDF").set_input_files(pdf("nda.docx"))
    terms(desk)
    desk.get_by_role("button", name="Put it on file").click()
    expect(desk.get_by_role("alert")).to_contain_text("This is not a PDF.")
    expect(desk.get_by_label("Which person, domain or company")).to_have_value(mailbox)
    desk.get_by_label("Signed paper, PDF").set_input_files(pdf("nda.pdf"))
    desk.get_by_role("button", name="Put it on file").click()
    expect(desk.get_by_text("The paper is on file.")).to_be_visible()
    lena.go("/desk/agreements/?show=paper", "register-papers")
    expect(lena.page.get_by_role("row", name=re.compile(mailbox))).to_be_visible()


def pdf(name: str) -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": PDF}


def terms(desk: Page) -> None:
    """The dates of a paper, and the statement about it."""
    desk.get_by_label("Signed on").fill("2026-01-10")
    desk.get_by_label("Applies from").fill("2026-01-10")
    desk.get_by_label("I have read it").check()
