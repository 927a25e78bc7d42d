"""A prospect in German, from the overview to the status of a request; and pages read from right to left."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_walk import CODE, person  # noqa: F401  (a fixture)

RTL = "document.documentElement.dir = 'rtl'"
PATHS = (
    "/",
    "/answers/",
    "/subprocessors/",
    "/documents/",
    "/documents/soc-2-type-ii-report/",
    "/access/",
    "/updates/",
)
# What stands outside of the window, and is not in a box of its own that scrolls.
OUTSIDE = """[...document.querySelectorAll("main *, header *, footer *")].filter(one => {
  const box = one.getBoundingClientRect();
  if (!box.width || !box.height || (box.left >= -1 && box.right <= innerWidth + 1)) return false;
  for (let around = one; around; around = around.parentElement) {
    const style = getComputedStyle(around);
    if (style.overflowX !== "visible" || style.clipPath !== "none" || style.position === "fixed") return false;
  }
  return true;
}).map(one => one.outerHTML.slice(0, 120)).slice(0, 5)"""


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_prospect_in_german(person, size):  # noqa: F811
    rhea = person(size, locale="de-DE")
    page = rhea.page
    rhea.go("/", "overview-german")
    assert page.locator("html").get_attribute("lang") == "de"
    assert rhea.visitor.context.cookies() == [], "a public page set a cookie"
    rhea.go("/answers/", "answers-german")
    rhea.go("/documents/", "library-german")
    rhea.visitor.go("/")
    page.get_by_role("link", name="Zugriff anfragen").first.click()
    page.get_by_label("SOC 2 Type II report").check()
    page.get_by_label("Geschäftliche E-Mail-Adresse").fill(f"rhea-german-{size}@example.com")
    page.get_by_label("Ihr Name", exact=True).fill("Rhea Diaz")
    page.get_by_label("Unternehmen", exact=True).fill("Beispiel GmbH")
    page.get_by_label("Wofür brauchen Sie sie?").fill("Prüfung eines Lieferanten.")
    rhea.look("ask-german")
    page.get_by_role("button", name="Anfrage senden").click()
    rhea.look("code-german")
    tab = rhea.mailbox()
    mail = tab.locator("article.mail", has_text="Ihr Anmeldecode").first
    code = mail.locator("pre").first.inner_text()
    tab.close()
    page.get_by_label("Code aus der E-Mail").fill(CODE.search(code)[1])
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sie sind dran")
    rhea.look("standing-german")
    page.get_by_role("link", name="Abschnitte lesen und unterschreiben").click()
    expect(page.get_by_text("Vereinbarungen werden in ihrer eigenen Sprache unterschrieben.")).to_be_visible()
    rhea.look("sign-german")

    # Choose English in the footer, and stay on the page.
    path = page.url
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url == path


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_page_is_wider_when_read_from_right_to_left(visit, size):
    visitor = visit(size)
    outside = {}
    for path in PATHS:
        page = visitor.go(path)
        page.evaluate(RTL)
        if found := page.evaluate(OUTSIDE):
            outside[path] = found
        width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= window, path
    assert not outside
