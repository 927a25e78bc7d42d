"""Sales invites a prospect, who proves the mailbox, signs and reads; the seller sees each step on the account page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_agreement_walk import sign
from tests.browser.test_walk import Person, person, wait_until  # noqa: F401  (the fixture)

WHO, MAILBOX = "Mira Holm", "mira@prospect.example"


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light")])
def test_sales_invites_until_the_prospect_reads(person, size, scheme):  # noqa: F811
    ada: Person = person()
    sal, mira = person(size, scheme), person(size, scheme)
    desk, page = sal.page, mira.page

    # An administrator lets rules decide. The demo lets sales invite to documents under NDA.
    ada.sign_in_as_staff("ada@trust.example")
    ada.visitor.go("/desk/rules/")
    switch = ada.page.get_by_role("button", name="Switch the rules on")
    if switch.is_visible():
        switch.click()
    ada.go("/desk/levels/nda/", "level-with-invitations")

    sal.sign_in_as_staff("sal@trust.example")
    sal.go("/desk/invitations/", "invitations-empty")
    desk.get_by_role("link", name="Invite someone").click()
    sal.look("invite")
    desk.get_by_role("button", name="Show the e-mail").click()
    sal.look("invite-with-errors")
    desk.get_by_label("E-mail").fill(MAILBOX)
    desk.get_by_label("Company", exact=True).fill("Prospect AB")
    desk.get_by_label("Bridge letter (sample)").check()
    desk.get_by_label("Your words").fill("Here is the letter we spoke about on Tuesday.")
    desk.get_by_role("button", name="Show the e-mail").click()
    sal.look("invite-mail")
    expect(desk.locator(".mailed")).to_contain_text("Here is the letter we spoke about on Tuesday.")
    desk.get_by_role("button", name="Invite to 1 document").click()
    expect(desk.get_by_text(f"Invited: {MAILBOX}.").first).to_be_visible()
    sal.look("invitations")

    # The mail brings a link. Whoever opens it learns nothing about the person.
    tab = mira.mailbox()
    words = tab.locator("article.mail", has_text="invites you to read a document").locator("pre").first.inner_text()
    tab.close()
    path = re.search(r"/invited/\w+/", words)[0]
    mira.go(path, "invited")
    expect(page.locator("main")).not_to_contain_text(MAILBOX)
    page.get_by_label("Your name").fill(WHO)
    page.get_by_role("button", name="Send the code to the invited address").click()
    page.get_by_label("Code").fill(mira.newest_code())
    page.get_by_role("button", name="Continue").click()
    request = page.url.removeprefix(mira.visitor.url)
    page.get_by_role("link", name="Read all 15 sections and sign").click()
    sign(mira)

    def is_open() -> bool:
        mira.visitor.go(request)
        return page.get_by_role("heading", level=1, name="Your document is open").is_visible()

    wait_until(is_open, "the decision of the rule")
    expect(page.locator("main")).to_contain_text("a colleague of ours invited you")
    mira.look("invited-open")
    with page.expect_download():
        page.get_by_role("button", name=re.compile("^Download")).first.click()

    # The seller sees how far she is.
    sal.visitor.go("/desk/companies/?q=prospect.example")
    desk.get_by_role("link", name="Prospect AB").click()
    desk.get_by_role("link", name="See their progress").click()
    guest = desk.locator(".guest", has_text=WHO)
    expect(guest).to_contain_text("invited by Sal Sales")
    expect(guest).to_contain_text("1 download")
    expect(guest).to_contain_text("Nothing is waiting")
    sal.look("account")
    sal.go("/desk/invitations/mails/", "prospect-mails")
    sal.visitor.go("/desk/share/")
    desk.locator("form", has_text="Make a link").get_by_label("Company").fill("Prospect AB")
    desk.get_by_role("button", name="Make a link").click()
    expect(desk.get_by_text("Your link is ready.").first).to_be_visible()
    sal.look("share-links")

    # Everything is as it was for the other walks.
    ada.visitor.go("/desk/rules/")
    ada.page.locator("summary", has_text="Switch all rules off").click()
    ada.page.get_by_label("Why?").fill("The walk is over.")
    ada.page.get_by_role("button", name="Switch all rules off", exact=True).click()
