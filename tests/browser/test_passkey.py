"""A passkey from set-up to sign-in, with Chromium's virtual authenticator."""

import re

from playwright.sync_api import expect

from tests.browser.test_walk import Person


def test_staff_add_a_passkey_and_sign_in_with_only_it(visit):
    visitor = visit()
    # Browsers offer passkeys for host names, not for IP addresses.
    visitor.url = visitor.url.replace("127.0.0.1", "localhost")
    page = visitor.page
    device = visitor.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    options |= {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    edda = Person(visitor, "desktop-light")
    edda.sign_in_as_staff("edda@trust.example")

    visitor.go("/accounts/2fa/passkeys/add/")
    visitor.check()
    # Changing the sign-in methods asks for the password again.
    tab = edda.mailbox()
    page.get_by_label("Password").fill(
        tab.locator("tr", has_text="edda@trust.example").locator("td").nth(2).inner_text()
    )
    tab.close()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").fill("The laptop")
    page.get_by_label("Sign in with this passkey alone").check()
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page).not_to_have_url(re.compile("/passkeys/add/"))
    visitor.go("/accounts/2fa/passkeys/")
    expect(page.get_by_role("heading", name="The laptop")).to_be_visible()
    visitor.check()

    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    visitor.go("/desk/documents/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/desk/documents/"))
