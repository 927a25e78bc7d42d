"""A colleague of somebody who signed for the company: covered, decided, downloaded, on a phone and without JavaScript."""

import os
import re
import subprocess
import sys

from django.conf import settings
from playwright.sync_api import expect

from tests.browser.conftest import OURS, Site
from tests.browser.test_agreement_walk import TEXT, ask, sign
from tests.browser.test_walk import Person, person  # noqa: F401  (the fixture)


def publish_for_companies(site: Site) -> None:
    """A text whose signature is meant to cover the signer's company. It stops nobody."""
    file = site.data / "nda-for-companies.md"
    file.write_text(f"{TEXT}\nIt covers the people of both companies.\n", encoding="utf-8")
    command = ["agreement", "publish", str(file), "--earlier-signers", "grandfather", "--covers", "company"]
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {"TRUSTCENTER_DATA": str(site.data), "TRUSTCENTER_DEMO": "1"}
    subprocess.run([sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env=env, check=True)


def test_colleague_of_a_covered_signer_downloads_without_signing(site, person):  # noqa: F811
    publish_for_companies(site)
    rhea, ada, vera = person(), person(), person("phone", java_script_enabled=False)
    page, desk, phone = rhea.page, ada.page, vera.page

    # Rhea asks and signs. At the desk, Ada confirms the company, and then that Rhea's signature covers it.
    path = ask(rhea, "rhea@colleagues.example")
    page.get_by_role("link", name=re.compile("sections and sign")).click()
    sign(rhea)
    expect(page.get_by_role("heading", level=1)).to_have_text("We are reviewing your request")
    ada.sign_in_as_staff("ada@trust.example")
    request = path.replace("/access/", "/desk/requests/")
    ada.visitor.go(request)
    expect(desk.get_by_text("Confirm the company first.")).to_be_visible()
    desk.get_by_role("link", name="Confirm the company").click()
    desk.locator("summary", has_text="Confirm the company").click()
    desk.get_by_label("Legal name").fill("Colleagues Ltd")
    desk.get_by_role("button", name="Confirm", exact=True).click()
    ada.go(request, "desk-coverage")
    desk.get_by_role("button", name="Confirm: Everyone at Colleagues Ltd").click()
    expect(desk.get_by_text("Covered now: Everyone at Colleagues Ltd")).to_be_visible()
    ada.look("desk-coverage-confirmed")

    # Vera sees whose signature it is, and signs nothing.
    asked = ask(vera, "vera@colleagues.example")
    expect(phone.get_by_role("heading", level=1)).to_have_text("We are reviewing your request")
    expect(phone.get_by_text("There is nothing for you to sign.")).to_be_visible()
    expect(phone.get_by_text("Everyone at Colleagues Ltd")).to_be_visible()
    # axe needs scripts, so the same session is checked in a browser that has them.
    checked = person("phone", storage_state=vera.visitor.context.storage_state())
    checked.go(asked, "colleague-covered")

    # Ada approves; Vera downloads.
    ada.visitor.go(asked.replace("/access/", "/desk/requests/"))
    desk.get_by_role("radio", name="Approve").check()
    desk.locator(".decide [type=submit]").click()
    expect(desk.get_by_text("Saved. The approved documents are open")).to_be_visible()
    vera.visitor.go(asked)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your document is open")
    with phone.expect_download() as waiting:
        phone.get_by_role("button", name="Download").first.click()
    assert waiting.value.path().read_bytes().startswith(b"%PDF-")
    vera.visitor.go("/my/")
    expect(phone.get_by_text("Covers you")).to_be_visible()
    for path, name in ((asked, "colleague-open"), ("/my/", "colleague-my")):
        checked.go(path, name)
