"""A restricted document in a real browser: two people approve, and Rhea reads it page by page on several devices."""

import re
import time

from playwright.sync_api import expect

from tests.browser.conftest import SIZES
from tests.browser.test_walk import RHEA, Person, person  # noqa: F401  (the fixture)

MAILBOX = "rhea-reads@example.com"
PICTURE = "document.querySelector('figure img')"


def ask_and_sign(rhea: Person) -> str:
    """Requests the penetration test and signs; returns the request's path."""
    page = rhea.page
    rhea.visitor.go("/access/")
    page.get_by_label("Penetration test summary").check()
    for label, words in RHEA.items():
        page.get_by_label(label, exact=True).fill(words.replace("rhea@example.com", MAILBOX))
    page.get_by_label("What do you need them for?").fill("Vendor review.")
    page.get_by_role("button", name="Send request").click()
    page.get_by_label("Code").fill(rhea.newest_code())
    page.get_by_role("button", name="Continue").click()
    path = page.url.removeprefix(rhea.visitor.url)
    page.get_by_role("link", name="Read all 15 sections and sign").click()
    page.get_by_label("Your full name, as your signature").fill("Rhea Diaz")
    page.get_by_label("Your job title").fill("CISO")
    page.get_by_label("Legal entity you sign for").fill("Example Corp, Inc.")
    page.get_by_label("I am authorized to sign").check()
    page.get_by_label("I have read this agreement").check()
    page.get_by_role("button", name=re.compile("^Sign the")).click()
    return path


def approve(colleague: Person, email: str, path: str) -> None:
    colleague.sign_in_as_staff(email)
    colleague.visitor.go(path.replace("/access/", "/desk/requests/"))
    colleague.page.get_by_role("radio", name="Approve").check()
    colleague.page.locator(".decide [type=submit]").click()


def picture_is_there(rhea: Person) -> None:
    expect(rhea.page.locator("figure img")).to_have_js_property("complete", True)
    wide, tall = rhea.page.evaluate(f"[{PICTURE}.naturalWidth, {PICTURE}.naturalHeight]")
    assert wide > 1200 and tall > 1750, "no image of the page"


def test_reading_a_restricted_document(person):  # noqa: F811
    rhea, ada, ben = person(), person(), person()
    page = rhea.page
    path = ask_and_sign(rhea)
    approve(ada, "ada@trust.example", path)
    rhea.visitor.go(path)
    expect(page.get_by_role("button", name="Read")).to_have_count(0)
    approve(ben, "ben@trust.example", path)

    # Open the document: one click from the request's page.
    rhea.visitor.go(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your document is open")
    expect(page.get_by_role("button", name="Download")).to_have_count(0)
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Penetration test summary (sample)")
    picture_is_there(rhea)
    rhea.look("reading")

    # Turn the pages by link, by number, by thumbnail and by key.
    turn = page.get_by_role("navigation", name="Turn the pages")
    near = page.get_by_role("navigation", name="Pages around this one")
    turn.get_by_role("link", name="Next").click()
    expect(turn).to_contain_text("Page 2 of 6")
    page.get_by_label("Go to page").fill("5")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(turn).to_contain_text("Page 5 of 6")
    turn.get_by_role("link", name="Next").focus()
    page.keyboard.press("Enter")
    expect(turn).to_contain_text("Page 6 of 6")
    expect(turn.get_by_role("link", name="Next")).to_have_count(0)
    near.get_by_role("link", name="Page 4").click()
    expect(turn).to_contain_text("Page 4 of 6")
    page.keyboard.press("ArrowRight")
    expect(turn).to_contain_text("Page 5 of 6")
    page.keyboard.press("Home")
    page.keyboard.press("Home")
    expect(turn).to_contain_text("Page 1 of 6")
    page.keyboard.press("ArrowRight")
    expect(turn).to_contain_text("Page 2 of 6")
    picture_is_there(rhea)

    # Zoom changes the page without loading it again, and stays for the next page.
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/documents/" in request.url else None)
    page.get_by_role("link", name="Fit page").click()
    tall, window = page.evaluate(f"[{PICTURE}.clientHeight, window.innerHeight]")
    assert tall < window and not asked
    page.get_by_role("link", name="200%").click()
    leaf = page.get_by_role("region", name="The page")
    leaf.focus()
    page.keyboard.press("ArrowRight")
    expect(turn).to_contain_text("Page 2 of 6")
    wide, window = page.evaluate("(leaf => [leaf.scrollWidth, leaf.clientWidth])(document.querySelector('.leaf'))")
    assert wide > 1.9 * window and not asked
    page.get_by_role("link", name="Fit width").focus()
    page.keyboard.press("ArrowRight")
    expect(turn).to_contain_text("Page 3 of 6")
    assert page.url.endswith("?zoom=200#page")
    page.get_by_role("link", name="Fit width").click()
    turn.get_by_role("link", name="Previous").click()
    expect(turn).to_contain_text("Page 2 of 6")

    # Without scripts, everything works by links.
    plain = rhea.visitor.context.browser.new_context(
        storage_state=rhea.visitor.context.storage_state(), java_script_enabled=False
    )
    still = plain.new_page()
    still.goto(page.url)
    still.get_by_role("link", name="150%").click()
    still.get_by_role("link", name="Next").click()
    expect(still.locator(".reader")).to_have_attribute("data-zoom", "150")
    expect(still.get_by_role("navigation", name="Turn the pages")).to_contain_text("Page 3 of 6")
    expect(still.get_by_text("Scroll, then turn the page")).to_be_hidden()
    plain.close()

    # On a phone, in the dark scheme, and printed.
    for size, scheme in (("phone", "dark"), ("desktop", "light")):
        page.set_viewport_size(SIZES[size])
        page.emulate_media(color_scheme=scheme)
        # Colours change to the other scheme in a transition; a page loaded in it has them at once.
        page.reload()
        picture_is_there(rhea)
        rhea.look_of = f"{size}-{scheme}"
        rhea.look("reading")
        leaf.evaluate("leaf => window.scrollTo(0, leaf.offsetTop + leaf.offsetHeight - 200)")
        expect(turn.get_by_role("link", name="Next")).to_be_in_viewport()
    page.emulate_media(media="print")
    expect(turn).to_be_hidden()
    expect(near).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    expect(page.locator("figure img")).to_be_visible()
    page.emulate_media(media="screen")

    # A screenshot of the page names her.
    taken = page.locator("figure img").screenshot()
    ada.go("/desk/trace/", "traces")
    ada.page.get_by_label("Leaked file").set_input_files(
        {"name": "screenshot.png", "mimeType": "image/png", "buffer": taken}
    )
    ada.page.get_by_role("button", name="Trace this file").click()
    deadline = time.monotonic() + 120
    while ada.page.get_by_role("link", name="Look again").count() and time.monotonic() < deadline:
        time.sleep(1)
        ada.page.get_by_role("link", name="Look again").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("The file comes from one copy")
    expect(ada.page.get_by_role("main")).to_contain_text(MAILBOX)
    expect(ada.page.get_by_role("main")).to_contain_text("Read page by page, no file")
    ada.look("trace")

    # After a revocation, the next page says why it is closed.
    ada.visitor.go(path.replace("/access/", "/desk/requests/"))
    ada.page.get_by_text("Revoke access…").click()
    ada.page.get_by_role("textbox", name="Reason").fill("The review is over.")
    ada.page.get_by_role("button", name="Revoke access").click()
    turn.get_by_role("link", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("was revoked")
    rhea.look("reading-revoked")
    # The browser reports the refused page, as expected.
    shut = [line for line in rhea.visitor.complaints if "403" in line]
    assert len(shut) == 1
    rhea.visitor.complaints.remove(shut[0])
