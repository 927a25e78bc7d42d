"""An approver works through fifty open requests: by keyboard, and several at once without a script."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import run_in
from tests.browser.test_walk import Person, person  # noqa: F401  (the fixture)

FIFTY = """
from documents.models import Document
from tests import cast
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts.models import User
letter = Document.objects.get(slug="bridge-letter")
for number in range(50):
    request = cast.open_request(User.objects.create_user(f"w{number:02}@walk.example"), letter)
    AccessRequest.objects.filter(pk=request.pk).update(name=f"Walker {number:02}")
"""
QUEUE = "/desk/?q=walk.example"


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.closest('tr')?.querySelector('th a')?.innerText || ''")


def test_approver_works_through_fifty_requests(site, person, visit):  # noqa: F811
    run_in(site, FIFTY)
    ben: Person = person()
    page = ben.page
    ben.sign_in_as_staff("ben@trust.example")
    ben.visitor.go("/desk/")
    expect(page.locator(".chart")).to_have_count(3)
    ben.look("queue")

    # By keyboard: move, select, take, search; and all of it can be switched off.
    ben.visitor.go(QUEUE)
    rows, picked = page.locator(".queue tbody tr"), page.locator("[name=pick]:checked")
    expect(rows).to_have_count(25)
    expect(page.locator(".bulk")).to_be_hidden()
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert first and focused(page) != first
    expect(picked).to_have_count(2)
    expect(page.locator(".bulk")).to_be_visible()
    ben.look("queue-selected")
    ben.visitor.check_in_colours()
    page.keyboard.press("x")
    page.keyboard.press("k")
    assert focused(page) == first
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("j")
    expect(page.locator("#q")).to_have_value("j")
    page.locator("h1").click()
    page.get_by_role("button", name="Switch these keys off").click()
    page.locator("h1").click()
    page.keyboard.press("j")
    assert focused(page) == ""
    page.get_by_role("button", name="Switch keys on").click()
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(page.get_by_text("Assigned to")).to_be_visible()
    ben.visitor.go(QUEUE + "&status=mine")
    expect(rows).to_have_count(1)

    # The one that was taken is opened with Enter and denied on its own page.
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/desk/requests/"))
    ben.look("request-owned")
    ben.visitor.check_in_colours()
    page.locator("#deny > summary").click()
    page.locator("#deny").get_by_label("Reason").fill("The letter is for customers.")
    page.get_by_role("button", name="Deny the rest", exact=True).click()
    expect(page.get_by_text("Everything is denied")).to_be_visible()

    # Without a script: three go to a colleague, the others are denied with one reason, a page at a time.
    plain = visit("desktop", java_script_enabled=False)
    plain.context.add_cookies(ben.visitor.context.cookies())
    tab = plain.go(QUEUE)
    boxes = tab.locator("[name=pick]")
    for number in range(3):
        boxes.nth(number).check()
    expect(tab.locator(".bulk")).to_be_visible()
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Export as CSV").click()
    assert waiting.value.path().read_text(encoding="utf-8-sig").count("walk.example") == 3
    tab.get_by_label("Assign to").select_option(label="Ada Approver")
    tab.get_by_role("button", name="Assign", exact=True).click()
    expect(tab.get_by_text("3 requests are assigned to")).to_be_visible()
    for left in (49, 24):
        plain.go(QUEUE)
        for box in boxes.all():
            box.check()
        tab.get_by_role("button", name="Deny all…").click()
        tab.get_by_role("button", name=f"Deny {min(left, 25)} requests").click()
        expect(tab.get_by_role("alert")).to_contain_text("Give a reason.")
        tab.get_by_label("Reason").fill("The letter is for customers.")
        tab.get_by_role("button", name=f"Deny {min(left, 25)} requests").click()
        expect(tab.get_by_text(f"{min(left, 25)} requests were denied.")).to_be_visible()
    plain.go(QUEUE)
    expect(tab.get_by_text("No request matches your search")).to_be_visible()

    # What became of them, and the other pages of the desk.
    for path, name in (
        (QUEUE + "&status=denied", "queue-denied"),
        ("/desk/analytics/", "analytics"),
        ("/desk/notices/", "notices"),
    ):
        ben.go(path, name)
    expect(page.get_by_role("heading", name="Notices and absence")).to_be_visible()
