"""The walk of an incident, in a sample company: a prospect subscribes, an editor writes it, and one click ends the mails."""

import re
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, filled, run_in, start_site, stop_site
from tests.browser.test_walk import Person, person, wait_until

__all__ = ["person"]

# No incident is made up under the name of a real company.
SAMPLE = """
from certifications.models import Claim, Product, Profile, Update
Profile.objects.update(name="Example", legal_name="Example, Inc.", notice="Example is a sample company.", source_title="")
for number, product in enumerate(Product.objects.all(), 1):
    Product.objects.filter(pk=product.pk).update(name=f"Example {number}")
Update.objects.all().delete()
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of its own, of a sample company."""
    data = Path(tempfile.mkdtemp(prefix="trustcenter-updates-"))
    shutil.copytree(filled(), data, dirs_exist_ok=True)
    run_in(Site("", data, data, None), SAMPLE)  # type: ignore[arg-type]  # it does not run yet
    running = start_site(data)
    yield running
    stop_site(running)
    shutil.rmtree(data, ignore_errors=True)


def mailed(rhea: Person, subject: str) -> str:
    """The newest mail with these words; waits until it is there."""
    tab = rhea.mailbox()

    def is_there() -> bool:
        tab.reload()
        return tab.locator("article.mail", has_text=subject).count() > 0

    wait_until(is_there, f"the mail {subject!r}")
    words = tab.locator("article.mail", has_text=subject).locator("pre").first.inner_text()
    tab.close()
    return words


def add_entry(page: Page, status: str, at: str, words: str) -> None:
    form = page.locator("form", has=page.get_by_role("button", name="Add to the timeline"))
    form.get_by_label("Status").select_option(label=status)
    form.get_by_label("Time (UTC)").fill(at)
    form.get_by_label("What happened").fill(words)
    form.get_by_role("button", name="Add to the timeline").click()
    expect(page.get_by_text("Added to the timeline.")).to_be_visible()


def test_a_prospect_follows_an_incident_and_leaves_with_one_click(person):
    rhea, edda = person(), person()
    page = rhea.page
    rhea.go("/updates/", "updates-none")
    assert rhea.visitor.context.cookies() == [], "a public page set a cookie"
    rhea.go("/updates/subscribe/", "subscribe")
    rhea.visitor.go("/updates/")
    page.get_by_label("E-mail", exact=True).fill("rhea@example.com")
    page.get_by_label("General").uncheck()
    page.get_by_role("button", name="Subscribe").click()
    rhea.look("subscribe-code")
    code = re.search(r"\b([A-Z]{4}-[A-Z]{4})\b", mailed(rhea, "Your code for updates"))
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Subscribed.")).to_be_visible()
    rhea.look("subscription")

    edda.sign_in_as_staff("edda@trust.example")
    desk = edda.page
    edda.go("/desk/updates/", "desk-updates-none")
    desk.get_by_role("link", name="Write a post").click()
    desk.get_by_label("Category").select_option(label="Incidents")
    desk.get_by_label("Title", exact=True).fill("Audit log export runs late")
    desk.get_by_label("Text", exact=True).fill(
        "Export to SIEM systems is **late** by up to two hours. The audit log is complete."
    )
    desk.get_by_role("button", name="Save draft").click()
    expect(desk.get_by_text("Enter when the incident began.").first).to_be_visible()
    desk.get_by_label("Began at (UTC)").fill("2026-03-03T06:40")
    desk.get_by_role("textbox", name="Effect in a few words optional", exact=True).fill("Export late")
    desk.get_by_role("textbox", name="Customers’ data optional", exact=True).fill("None exposed or lost")
    desk.get_by_label("Example 4").check()
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_text("Not saved")).to_be_visible()
    edda.look("desk-update-preview")
    desk.get_by_role("button", name="Save draft").click()
    expect(desk.get_by_text("Saved as a draft.")).to_be_visible()
    add_entry(desk, "Investigating", "2026-03-03T08:55", "We are looking into it.")
    desk.get_by_role("button", name="Publish now").click()
    expect(desk.get_by_text("Published.")).to_be_visible()
    add_entry(desk, "Monitoring", "2026-03-03T14:10", "Half of the entries have been sent.")
    desk.get_by_text("Start a clock").click()
    clock = desk.locator("form", has=desk.get_by_role("button", name="Start clock"))
    clock.get_by_label("The event happened at (UTC)").fill("2026-03-03T07:00")
    clock.get_by_role("button", name="Start clock").click()
    expect(desk.get_by_text("6 Mar 2026, 07:00 UTC")).to_be_visible()
    edda.look("desk-update")
    edda.go("/desk/updates/", "desk-updates")

    assert "**" not in mailed(rhea, "is late by up to two hours")
    mail = mailed(rhea, "Example: Audit log export runs late (Monitoring)")
    assert "Half of the entries have been sent." in mail
    page.goto(re.search(r"http\S+/updates/audit-log-export-runs-late/", mail)[0])
    expect(page.get_by_text("Half of the entries have been sent.")).to_be_visible()
    rhea.look("update")
    rhea.go("/updates/", "updates")
    expect(page.get_by_text("1 incident is open.")).to_be_visible()

    # A mail program: no session, no token, one POST (RFC 8058).
    end = re.search(r"http\S+/updates/subscription/\S+/", mail)[0] + "unsubscribe/"
    page.goto(end)
    expect(page.get_by_role("button", name="Unsubscribe")).to_be_visible()
    rhea.look("unsubscribe")
    with urllib.request.urlopen(end, data=b"List-Unsubscribe=One-Click", timeout=10) as answer:
        assert answer.status == 200
    page.reload()
    expect(page.get_by_role("heading", name="You get no more posts")).to_be_visible()
    rhea.look("unsubscribed")
