"""The README's walk as all three people in a real browser. axe checks every page they visit, and no page may log an error,
break the content security policy or request anything from another host.
"""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import COLOURS, DEFAULT_OPTIONS, NOT_COLOURS, SIZES, Visitor

RHEA = {"Work e-mail": "rhea@example.com", "Your name": "Rhea Diaz", "Company": "Example Corp"}


@dataclass
class Person:
    """A person of the walk. Each of their pages is checked and, for `make screens`, saved as an image."""

    visitor: Visitor
    look_of: str
    # Pages in another language have the colors of those in English.
    looks_at_colours: bool = True

    @property
    def page(self) -> Page:
        return self.visitor.page

    def go(self, path: str, name: str) -> Page:
        self.visitor.go(path)
        self.look(name)
        return self.page

    def look(self, name: str) -> None:
        """Checks the page in its own size and in the other one. `name` is of the page as it is now, and is checked once
        for each size and scheme, in whichever test it is seen first. In the second scheme only the colors are checked."""
        own, scheme = self.look_of.split("-")
        for size in (own, *(other for other in SIZES if other != own)):
            self.page.set_viewport_size(SIZES[size])
            if (name, size, scheme) not in LOOKED:
                again = any((name, size, other) in LOOKED for other in ("light", "dark"))
                LOOKED.add((name, size, scheme))
                self.visitor.check(self._rules(again))
            self._keep(name, f"{size}-{scheme}")
        self.page.set_viewport_size(SIZES[own])

    def _rules(self, again: bool) -> dict[str, Any]:
        if not self.looks_at_colours:
            return NOT_COLOURS
        return COLOURS if again else DEFAULT_OPTIONS

    def _keep(self, name: str, look: str) -> None:
        folder = os.environ.get("TRUSTCENTER_SCREENS")
        if folder and name in SCREENS:
            Path(folder).mkdir(parents=True, exist_ok=True)
            # 128 colours keep a small green word green, and keep the images small in git.
            picture = Image.open(BytesIO(self.page.screenshot())).convert("RGB").quantize(128)
            picture.save(Path(folder) / f"{name}-{look}.png", optimize=True)

    def mailbox(self) -> Page:
        """The demo's mailbox in another tab, as a newcomer opens it."""
        tab = self.visitor.context.new_page()
        tab.goto(f"{self.visitor.url}/mailbox/")
        return tab

    def newest_code(self) -> str:
        tab = self.mailbox()
        words = tab.locator("article.mail", has_text=CODE_MAIL).locator("pre").first.inner_text()
        tab.close()
        return CODE.search(words)[1]

    def sign_in_as_staff(self, email: str) -> None:
        page = self.page
        self.go("/accounts/login/", "sign-in")
        form = page.locator("form", has=page.get_by_label("Password"))
        tab = self.mailbox()
        cells = tab.locator("tr", has_text=email).locator("td")
        form.get_by_label("E-mail").fill(email)
        form.get_by_label("Password").fill(cells.nth(2).inner_text())
        form.get_by_role("button", name="Sign in with a password").click()
        self.look("second-factor")
        deadline = time.monotonic() + 90
        while "/accounts/" in page.url and time.monotonic() < deadline:
            tab.reload()
            # Each code works once, so a person who has just signed in elsewhere waits for the next one.
            if (code := cells.nth(3).inner_text()) not in USED:
                USED.add(code)
                page.locator("main input[name=code]").fill(code)
                page.locator("main form", has=page.locator("input[name=code]")).locator("button").first.click()
            else:
                time.sleep(1)
        tab.close()
        assert "/accounts/" not in page.url


# The pages that `make screens` saves.
SCREENS = {"overview", "certification", "answers", "library", "ask", "code", "standing", "sign"}
SCREENS |= {"desk-queue", "desk-request", "download", "audit-log", "reading", "trace"}
SCREENS |= {"content", "content-row", "content-draft", "content-scheduled", "content-earlier"}
SCREENS |= {"people", "agreements", "agreement-new", "editor-version"}
SCREENS |= {"my-access", "my-data", "erasures", "rules", "rules-publish", "rule-decided", "companies", "review"}
SCREENS |= {
    "analytics",
    "levels",
    "hours",
    "notices",
    "listed",
    "channels",
    "changes",
    "brand",
    "paper",
    "past-overview",
    "updates",
    "update",
    "subscribe",
    "desk-update",
    "invite",
    "invite-mail",
    "invitations",
    "invited",
    "account",
    "share-links",
    "search",
    "product",
    "products-compared",
    # Pages with a sketch, and lists that no other picture shows.
    "company",
    "desk-request-chosen",
    "desk-updates",
    "prospect-mails",
    "subprocessors",
}
LOOKED: set[tuple[str, str, str]] = set()
CODE_MAIL, CODE = "sign-in code", re.compile(r"\b([A-Z]{4}-[A-Z]{4})\b")
USED: set[str] = set()


def wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.3)


@pytest.fixture
def person(visit):
    """`person("phone", "dark")` is a new person with a browser of that size and colour scheme."""

    def come(size: str = "desktop", scheme: str = "light", **options: object) -> Person:
        visitor = visit(size, color_scheme=scheme, **options)
        return Person(visitor, f"{size}-{scheme}")

    return come


# One walk on each size and in each scheme. `make screens` saves the pages of a third.
WALKS = [("desktop", "dark"), ("phone", "light")]
if os.environ.get("TRUSTCENTER_SCREENS"):
    WALKS.append(("desktop", "light"))


@pytest.mark.parametrize(("size", "scheme"), WALKS)
def test_prospect_approver_and_sales(person, size, scheme):
    mailbox = f"rhea-{size}-{scheme}@example.com"
    rhea = person(size, scheme)
    page = rhea.page

    # Read the public pages.
    rhea.go("/", "overview")
    page.get_by_role("link", name="SOC 2 Type II").first.click()
    rhea.look("certification")
    rhea.go("/answers/", "answers")
    rhea.go("/answers/?q=keys", "answers-search")
    expect(page.locator(".status", has_text="Sources disagree").first).to_be_visible()
    rhea.go("/subprocessors/", "subprocessors")
    rhea.go("/documents/", "library")
    assert rhea.visitor.context.cookies() == [], "a public page set a cookie"

    # Request: from the first page to an open request in at most five clicks.
    clicks = Clicks()
    rhea.visitor.go("/")
    clicks(page.get_by_role("link", name="Request access").first)
    clicks(page.get_by_label("SOC 2 Type II report"))
    for label, words in RHEA.items():
        page.get_by_label(label, exact=True).fill(words.replace("rhea@example.com", mailbox))
    page.get_by_label("What do you need them for?").fill("Vendor review for our EU roll-out.")
    rhea.look("ask")
    clicks(page.get_by_role("button", name="Send request"))
    rhea.look("code")
    page.get_by_label("Code").fill(rhea.newest_code())
    clicks(page.get_by_role("button", name="Continue"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your turn: sign the Mutual non-disclosure agreement")
    assert clicks.count <= 5
    rhea.look("standing")
    request_path = page.url.removeprefix(rhea.visitor.url)

    # Sign, with one mistake: nothing typed is lost.
    page.get_by_role("link", name="Read all 15 sections and sign").click()
    rhea.look("sign")
    page.get_by_label("Your full name, as your signature").fill("Rhea Diaz")
    page.get_by_label("Your job title").fill("Chief information security officer")
    page.get_by_label("Legal entity you sign for").fill("Example Corp, Inc.")
    page.get_by_label("I am authorized to sign").check()
    assert not page.get_by_label("I have read this agreement").is_checked()
    page.get_by_role("button", name=re.compile("^Sign the")).click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is signed without it")
    expect(page.get_by_label("Your job title")).to_have_value("Chief information security officer")
    rhea.look("sign-mistake")
    page.get_by_label("I have read this agreement").check()
    page.get_by_role("button", name=re.compile("^Sign the")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We are reviewing your request")
    rhea.look("standing-signed")

    # Decide.
    ada = person(size, scheme)
    desk = ada.page
    ada.sign_in_as_staff("ada@trust.example")
    ada.go("/desk/", "desk-queue")
    desk.locator("tr", has_text=mailbox).get_by_role("link").first.click()
    ada.look("desk-request")
    # The first of the walks confirms the company, so that the copies of all of them print it.
    confirm = desk.get_by_role("link", name="Confirm the company")
    if confirm.is_visible():
        request = desk.url
        confirm.click()
        desk.locator("summary", has_text="Confirm the company").click()
        desk.get_by_label("Legal name").fill("Example Corp")
        ada.look("confirm-company")
        desk.get_by_role("button", name="Confirm", exact=True).click()
        expect(desk.get_by_text("Confirmed. New copies show this name.")).to_be_visible()
        ada.look("company")
        desk.goto(request)
    decide = desk.locator(".decide [type=submit]")
    assert not decide.is_visible(), "a decision is preselected"
    desk.get_by_role("radio", name="Approve").check()
    ada.look("desk-request-chosen")
    if size == "desktop":
        assert decide.bounding_box()["y"] + decide.bounding_box()["height"] <= 800, "needs scrolling on a laptop"
    decide.click()
    expect(desk.get_by_text("Saved. The approved documents are open")).to_be_visible()
    ada.look("desk-request-granted")

    # Download: one click, and the mark on every page names the reader.
    rhea.go(request_path, "download")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your document is open")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    code = re.search(r"-v1-([0-9A-Z-]+)\.pdf$", waiting.value.suggested_filename)[1]
    copy = pypdfium2.PdfDocument(BytesIO(waiting.value.path().read_bytes()))
    assert len(copy) > 90
    for number, sheet in enumerate(copy, 1):
        text = sheet.get_textpage().get_text_bounded()
        for word in (mailbox, "Example Corp", code, "UTC"):
            assert word in text, f"page {number} does not name {word}"
    rhea.go("/my/", "my")
    expect(page.get_by_text(code).first).to_be_visible()
    wait_until(lambda: "Signed copy (PDF)" in page.reload().text(), "the signed copy")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Signed copy (PDF)").click()
    signed = waiting.value.path().read_bytes()
    assert signed.startswith(b"%PDF")

    # Verify: the receipt of the signature, and that of the signed copy with the PDF.
    wait_until(lambda: "Receipt of the signed copy" in page.reload().text(), "the receipts")
    receipts = {}
    for name in ("Receipt of the signature", "Receipt of the signed copy"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name).first.click()
        receipts[name] = waiting.value.path().read_bytes()
    for name, receipt in receipts.items():
        rhea.visitor.go("/verify/")
        file = {"name": "receipt.tlog-proof", "mimeType": "text/plain", "buffer": receipt}
        page.get_by_label("Receipt or checkpoint").set_input_files(file)
        if name == "Receipt of the signed copy":
            pdf = {"name": "signed.pdf", "mimeType": "application/pdf", "buffer": signed}
            page.get_by_label("The file that belongs to it").set_input_files(pdf)
        page.get_by_role("button", name="Verify").click()
        expect(page.get_by_role("heading", name="Valid", exact=True)).to_be_visible()
        rhea.look("verified")

    # Check the requester's pages and the audit log.
    ada.go("/desk/audit/", "audit-log")
    expect(desk.get_by_text(f"as copy {code}")).to_be_visible()
    ada.go("/desk/documents/", "desk-documents")
    ada.go("/desk/documents/soc-2-type-ii-report/upload/", "desk-upload")

    # Revoke: the next download is refused, and the page says why.
    rhea.visitor.go(request_path)
    ada.visitor.go(request_path.replace("/access/", "/desk/requests/"))
    desk.get_by_text("Revoke access…").click()
    desk.get_by_role("textbox", name="Reason").fill("The review is over.")
    desk.get_by_role("button", name="Revoke access").click()
    expect(desk.get_by_text("Revoked. Nothing can be downloaded or read")).to_be_visible()
    rhea.go(request_path, "standing-revoked")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your access was revoked")
    expect(page.get_by_text("The review is over.").first).to_be_visible()

    # Share the public page as sales.
    sal = person(size, scheme)
    sal.sign_in_as_staff("sal@trust.example")
    sal.visitor.go("/desk/share/")
    sal.page.get_by_label("E-mail").fill("new@prospect.example")
    sal.page.get_by_role("button", name="Send e-mail").click()
    expect(sal.page.get_by_text("Sent to new@prospect.example.").first).to_be_visible()
    sal.look("share")


@dataclass
class Clicks:
    """Counts a person's clicks."""

    count: int = 0

    def __call__(self, target: Locator) -> None:
        target.click()
        self.count += 1


def test_requesting_needs_no_javascript(person):
    rhea = person(java_script_enabled=False)
    page = rhea.page
    rhea.visitor.go("/access/")
    page.get_by_label("Bridge letter").check()
    for label, words in RHEA.items():
        page.get_by_label(label, exact=True).fill(words.replace("rhea@", "rhea-noscript@"))
    page.get_by_label("What do you need them for?").fill("Vendor review.")
    page.get_by_role("button", name="Send request").click()
    page.get_by_label("Code").fill(rhea.newest_code())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your turn: sign the Mutual non-disclosure agreement")


def test_deciding_needs_no_javascript(person):
    """CSS alone shows the fields of the chosen decision, and the button only after a choice."""
    rhea, ben, plain = person(), person(), person(java_script_enabled=False)
    mailbox, page, desk = "rhea-decided@example.com", rhea.page, plain.page
    rhea.visitor.go("/access/")
    for document in ("SOC 2 Type II report", "Bridge letter"):
        page.get_by_label(document).check()
    for label, words in RHEA.items():
        page.get_by_label(label, exact=True).fill(words.replace("rhea@example.com", mailbox))
    page.get_by_label("What do you need them for?").fill("Vendor review.")
    page.get_by_role("button", name="Send request").click()
    page.get_by_label("Code").fill(rhea.newest_code())
    page.get_by_role("button", name="Continue").click()
    ben.sign_in_as_staff("ben@trust.example")
    # Ben decides in a browser without scripts. He signs in with scripts, so that axe can check those pages.
    plain.visitor.context.add_cookies(ben.visitor.context.cookies())
    plain.visitor.go(page.url.removeprefix(rhea.visitor.url).replace("/access/", "/desk/requests/"))
    first, second = desk.locator(".decision").all()
    button, end, reason = (
        desk.locator(".decide button"),
        first.get_by_label("Open until"),
        second.get_by_label("Reason"),
    )
    for hidden in (button, end, reason):
        expect(hidden).to_be_hidden()
    first.get_by_label("Approve").check()
    expect(end).to_be_visible()
    expect(button.locator("[data-when=approve]")).to_be_visible()
    second.get_by_role("radio", name="Deny").check()
    expect(button.locator("[data-when=approve]")).to_be_hidden()
    expect(button.locator("[data-when=both]")).to_be_visible()
    reason.fill("Not for prospects.")
    button.click()
    expect(desk.get_by_text("Saved. Still needed: their signature.")).to_be_visible()
    expect(desk.get_by_text("· “Not for prospects.”")).to_be_visible()


def test_desk_shortcuts_never_decide_and_can_be_switched_off(person):
    ben = person()
    desk = ben.page
    ben.sign_in_as_staff("ben@trust.example")
    for number in (1, 2):
        rhea = person()
        rhea.visitor.go("/access/")
        rhea.page.get_by_label("Bridge letter").check()
        for label, words in RHEA.items():
            rhea.page.get_by_label(label, exact=True).fill(words.replace("rhea@", f"rhea-keys-{number}@"))
        rhea.page.get_by_label("What do you need them for?").fill("Vendor review.")
        rhea.page.get_by_role("button", name="Send request").click()
        rhea.page.get_by_label("Code").fill(rhea.newest_code())
        rhea.page.get_by_role("button", name="Continue").click()
    ben.visitor.go("/desk/?q=rhea-keys-1@")
    desk.locator("tbody").get_by_role("link").first.click()
    expect(desk.get_by_role("button", name="Switch these keys off")).to_be_visible()
    first = desk.url
    desk.keyboard.press("a")
    expect(desk.get_by_role("radio", name="Approve")).to_be_checked()
    desk.keyboard.press("d")
    expect(desk.get_by_role("radio", name="Deny")).to_be_checked()
    assert desk.url == first, "a key sent a decision"
    ben.look("desk-request-keys")
    desk.keyboard.press("q")
    expect(desk.get_by_label("Question")).to_be_focused()
    desk.keyboard.type("jk")
    assert desk.url == first, "a typed letter acted as a shortcut"
    desk.get_by_role("button", name="Switch these keys off").click()
    desk.get_by_role("heading", level=1).click()
    desk.keyboard.press("j")
    expect(desk).to_have_url(first)
    desk.reload()
    expect(desk.get_by_role("button", name="Switch keys on")).to_be_visible()
    desk.get_by_role("button", name="Switch keys on").click()
    desk.keyboard.press("j")
    expect(desk).not_to_have_url(first)


def test_printed_page_has_no_navigation(person):
    page = person().visitor.go("/")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()


def test_form_is_reachable_by_keyboard(person):
    visitor = person().visitor
    page = visitor.go("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "Request access":
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visitor.url}/access/")
