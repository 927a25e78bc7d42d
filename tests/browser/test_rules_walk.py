"""An administrator on a phone without scripts writes a rule, tries it and switches it on; a request is decided by it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_agreement_walk import ask, sign
from tests.browser.test_walk import Person, person, wait_until  # noqa: F401  (the fixture)


def test_a_rule_decides_and_says_so(person):  # noqa: F811
    ada: Person = person("phone")
    page = ada.page
    ada.sign_in_as_staff("ada@trust.example")
    plain = person("phone", java_script_enabled=False, storage_state=ada.visitor.context.storage_state())
    desk = plain.page

    # A rule that is not finished says what is missing; the finished one is a sentence.
    plain.visitor.go("/desk/rules/")
    desk.get_by_role("button", name="Add a rule").click()
    form = desk.locator("form.ruled")
    form.get_by_label("Name").fill("Bridge letter for a month")
    form.get_by_label("Add a condition", exact=True).select_option("document")
    form.get_by_role("button", name="Add a condition").click()
    desk.locator("form.ruled").get_by_label("Bridge letter (sample)").check()
    desk.locator("form.ruled").get_by_label("Decision").select_option("approve")
    desk.locator("form.ruled").get_by_role("button", name="Save in the draft").click()
    expect(desk.locator(".rules")).to_contain_text("Needs fixing")
    ada.go("/desk/rules/", "rules-to-mend")
    # The first rule is the one for invitations, with which the site comes.
    desk.locator(".rules > li", has_text="Bridge letter").get_by_role("link", name=re.compile("^Edit")).click()
    desk.locator("form.ruled").get_by_label("Days of access, if it approves").fill("30")
    desk.locator("form.ruled").get_by_role("button", name="Save in the draft").click()
    expect(desk.locator(".said", has_text="Bridge letter for a month")).to_contain_text("30 days")

    # What it would have decided, before it may decide anything.
    desk.get_by_role("button", name=re.compile("run", re.IGNORECASE)).first.click()

    def has_run() -> bool:
        plain.visitor.go("/desk/rules/")
        return desk.get_by_role("link", name=re.compile("^Publish")).is_visible()

    wait_until(has_run, "the dry run")
    ada.go("/desk/rules/", "rules")
    desk.get_by_role("link", name=re.compile("^Publish")).click()
    ada.go("/desk/rules/publish/", "rules-publish")
    desk.get_by_label("Why these rules?").fill("Half of our requests are for this letter.")
    desk.get_by_role("button", name="Publish", exact=True).click()
    desk.get_by_role("button", name="Switch the rules on").click()
    expect(desk.get_by_text("Rules are on", exact=True)).to_be_visible()

    # Nobody at the desk does anything: she signs, and the rule decides and says why.
    rhea = person("phone", "dark")
    path = ask(rhea, "rhea-rules@example.com")
    rhea.page.get_by_role("link", name="Read all 15 sections and sign").click()
    sign(rhea)

    def is_open() -> bool:
        rhea.visitor.go(path)
        return rhea.page.get_by_role("heading", level=1, name="Your document is open").is_visible()

    wait_until(is_open, "the decision of the rule")
    expect(rhea.page.locator("main")).to_contain_text("Approved automatically")
    rhea.look("rule-decided-reader")
    ada.go(path.replace("/access/", "/desk/requests/"), "rule-decided")
    expect(page.locator("main")).to_contain_text("Bridge letter for a month")

    plain.visitor.go("/desk/rules/")
    desk.locator("summary", has_text="Switch all rules off").click()
    desk.get_by_label("Why?").fill("The walk is over.")
    desk.get_by_role("button", name="Switch all rules off", exact=True).click()
    expect(desk.get_by_text("Rules are off", exact=True)).to_be_visible()


DESK = {
    "companies": "/desk/companies/",
    "listed": "/desk/companies/listed/",
    "review": "/desk/review/",
    "analytics": "/desk/analytics/",
    "levels": "/desk/levels/",
    "level-new": "/desk/levels/new/",
    "hours": "/desk/hours/",
    "notices": "/desk/notices/",
    "channels": "/desk/channels/",
    "agreement-new-kind": "/desk/agreements/new/",
    "brand": "/desk/brand/",
    "changes": "/changes/",
}


@pytest.mark.parametrize("scheme", ["light"])
def test_the_rarer_places_of_the_desk(person, scheme):  # noqa: F811
    ada = person("desktop", scheme)
    ada.sign_in_as_staff("ada@trust.example")
    for name, path in DESK.items():
        ada.go(path, name)
        assert ada.page.locator("h1").count() == 1, path
    ada.page.get_by_role("link", name="The overview as it is so far today").first.click()
    ada.look("past-overview")
