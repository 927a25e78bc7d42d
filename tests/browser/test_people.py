"""An administrator without a shell: a colleague comes, loses the second factor, and leaves."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.browser.test_walk import WALKS, Person, person  # noqa: F401  (the fixture)

OWN = "quiet river umbrella"


def confirm_password(ada: Person, email: str) -> None:
    """Types the password again where the page asks for it."""
    if "/accounts/reauthenticate/" in ada.page.url:
        ada.look("confirm-password")
        tab = ada.mailbox()
        password = tab.locator("tr", has_text=email).locator("td").nth(2).inner_text()
        tab.close()
        ada.page.get_by_label("Password").fill(password)
        ada.page.get_by_role("button", name="Continue").click()


def first_sign_in(mira: Person, email: str, password: str, own: str) -> None:
    """From the one-time password to the desk: a second factor, and a password of her own."""
    page = mira.page
    mira.visitor.go("/accounts/login/")
    form = page.locator("form", has=page.get_by_label("Password"))
    form.get_by_label("E-mail").fill(email)
    form.get_by_label("Password").fill(password)
    form.get_by_role("button", name="Sign in with a password").click()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Continue").click()
    secret = page.locator("main code").first.inner_text().replace(" ", "")
    page.locator("main input[name=code]").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.locator("main form", has=page.locator("input[name=code]")).get_by_role("button").click()
    expect(page).to_have_url(re.compile("recovery-codes"))
    mira.visitor.go("/desk/")
    page.get_by_label("Current password").fill(password)
    page.get_by_label("New password", exact=True).fill(own)
    page.get_by_label("The new password again").fill(own)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("/accounts/2fa/$"))


@pytest.mark.parametrize(("size", "scheme"), WALKS[:1])
def test_colleague_comes_loses_the_second_factor_and_leaves(person, size, scheme):  # noqa: F811
    email = f"mira-{size}-{scheme}@trust.example"
    ada, mira = person(size, scheme), person(size, scheme)
    desk, page = ada.page, mira.page
    ada.sign_in_as_staff("ada@trust.example")

    # Add: from the desk to the one-time password.
    desk.get_by_text("More", exact=True).click()
    desk.get_by_role("link", name="People").click()
    ada.look("people")
    desk.get_by_role("link", name="Add a colleague").click()
    confirm_password(ada, "ada@trust.example")
    desk.get_by_label("Name").fill("Mira Holm")
    desk.get_by_label("Work e-mail").fill(email)
    ada.look("person-add")
    desk.get_by_role("button", name="Add colleague").click()
    confirm_password(ada, "ada@trust.example")
    expect(desk.get_by_role("alert")).to_contain_text("Choose at least one role.")
    ada.look("person-add-mistake")
    desk.get_by_role("checkbox", name="Approver").check()
    desk.get_by_role("button", name="Add colleague").click()
    ada.look("one-time-password")
    password = desk.locator("main code").inner_text()
    desk.get_by_role("link", name="I have passed it on").click()
    expect(desk.get_by_role("main")).not_to_contain_text(password)
    ada.look("person-new")

    # She signs in, and her work is there.
    first_sign_in(mira, email, password, OWN)
    mira.go("/desk/", "desk-of-mira")
    expect(page.get_by_role("heading", level=1)).to_have_text("Requests")

    # She loses her phone.
    desk.reload()
    desk.get_by_text("Reset a lost second factor…").click()
    ada.look("person-reset")
    desk.get_by_role("button", name="Reset sign-in").click()
    confirm_password(ada, "ada@trust.example")
    password = desk.locator("main code").inner_text()
    page.reload()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    first_sign_in(mira, email, password, OWN)
    mira.visitor.go("/desk/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Requests")

    # She gets another role, and leaves.
    desk.get_by_role("link", name="I have passed it on").click()
    desk.get_by_role("checkbox", name="Sales").check()
    ada.look("person")
    desk.get_by_role("button", name="Save roles").click()
    confirm_password(ada, "ada@trust.example")
    expect(desk.get_by_text("Saved. The new roles apply")).to_be_visible()
    desk.get_by_text("Close the account…").click()
    ada.look("person-close")
    desk.get_by_role("button", name="Close account").click()
    confirm_password(ada, "ada@trust.example")
    expect(desk.get_by_text("The account is closed, and its sessions have ended.")).to_be_visible()
    ada.look("person-closed")
    page.reload()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    ada.go("/desk/people/?show=closed", "people-closed")
    expect(desk.get_by_role("main").get_by_text(email)).to_be_visible()
    ada.go("/desk/people/?show=closed&q=zzz", "people-none")

    # On her own page she finds no step.
    desk.goto(f"{ada.visitor.url}/desk/people/?q=ada@")
    desk.get_by_role("link", name="Ada Approver").click()
    expect(desk.get_by_text("This is you.")).to_be_visible()
    ada.look("person-own")
