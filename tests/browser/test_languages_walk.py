"""A prospect in German, from the overview to the status of a request; and pages in Arabic, read from right to left."""

import pytest
from playwright.sync_api import expect

from tests.browser.arabic import ASKED, TRANSLATE
from tests.browser.conftest import SIZES, run_in
from tests.browser.test_walk import CODE, person  # noqa: F401  (a fixture)

PATHS = (
    "/",
    "/answers/",
    "/search/?q=keys",
    "/subprocessors/",
    "/documents/",
    "/documents/soc-2-type-ii-report/",
    "/access/",
    "/updates/",
    "/updates/soc-2-report-sample-added/",
    "/products/claude-api/",
    "/certifications/soc-2-type-ii/",
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
# Sentences whose last sign stands at their beginning: at the right of Arabic, or at the left of English.
MISPLACED = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, words = node.data.trimEnd(), end = words.length;
    if (!/[^.?!؟][.?!؟]$/.test(words) || node.parentElement.closest("script, .visually-hidden, .skip")) continue;
    const [letter, sign] = [end - 2, end - 1].map(at => {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return range.getBoundingClientRect();
    });
    if (!sign.width || Math.abs(letter.top - sign.top) > 4) continue;
    if (/[\u0600-\u06ff]/.test(words) !== sign.left < letter.left) found.push(words.trim().slice(-60));
  }
  return found;
}"""
# Facts in one line, and steps of a way, that do not follow each other from right to left.
OUT_OF_ORDER = """() => [...document.querySelectorAll(".pick small, .rows p, .crumbs, .search")].filter(line => {
  const boxes = [...line.children].filter(one => one.matches("bdi, a, span, svg, input")).map(one => one.getBoundingClientRect());
  return boxes.some((box, at) => at && Math.abs(box.top - boxes[at - 1].top) < 4 && box.left > boxes[at - 1].left);
}).map(one => one.innerText)"""
# Words in the chart of coverage that begin with a day, and begin at the left.
LEFT_TO_RIGHT = """() => [...document.querySelectorAll(".coverage text")].filter(one => {
  const words = one.textContent.trim();
  return /^\\d+ [\u0600-\u06ff]/.test(words) && one.getNumberOfChars()
    && one.getStartPositionOfChar(0).x < one.getStartPositionOfChar(words.search(/[\u0600-\u06ff]/)).x;
}).map(one => one.textContent.trim())"""
# Days, codes and addresses whose letters stand among those of other words, or from right to left.
TORN = r"""() => {
  const torn = (range, words) => {
    const boxes = [];
    for (let at = range.startOffset; at < range.endOffset; at++) {
      const one = document.createRange();
      one.setStart(range.startContainer, at);
      one.setEnd(range.startContainer, at + 1);
      const box = one.getBoundingClientRect();
      if (box.width) boxes.push(box);
    }
    if (!boxes.length || boxes.some(box => Math.abs(box.top - boxes[0].top) > 4)) return false;
    const across = Math.max(...boxes.map(box => box.right)) - Math.min(...boxes.map(box => box.left));
    const apart = across > boxes.reduce((sum, box) => sum + box.width, 0) + 6;
    return apart || (words && boxes[0].left > boxes.at(-1).left);
  };
  const found = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, range = document.createRange();
    if (node.parentElement.closest("script, .visually-hidden")) continue;
    const parts = node.parentElement.matches("time") ? [[0, node.length, false]] : [
      ...node.data.matchAll(/[\w.+-]+@[\w-]+(\.[\w-]+)+|\b[0-9A-Z]{4}(-[0-9A-Z]{2,4})+\b/g),
    ].map(one => [one.index, one.index + one[0].length, true]);
    for (const [start, end, words] of parts) {
      range.setStart(node, start);
      range.setEnd(node, end);
      if (torn(range, words)) found.push(range.toString());
    }
  }
  return found;
}"""
WIDTH = "document.documentElement.scrollWidth > innerWidth && document.documentElement.scrollWidth"
CHECKS = {
    "wider": WIDTH,
    "outside": OUTSIDE,
    "misplaced": MISPLACED,
    "out of order": OUT_OF_ORDER,
    "left to right": LEFT_TO_RIGHT,
    "torn": TORN,
}


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_prospect_in_german(person, size):  # noqa: F811
    rhea = person(size, locale="de-DE")
    rhea.looks_at_colours = False
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


def test_pages_in_arabic(site, visit):
    sessions = [line.split() for line in run_in(site, TRANSLATE + ASKED).splitlines()]
    visitor = visit(locale="ar")
    (reem, granted), (salma, asked) = sessions
    own = [(reem, path) for path in ("/my/", f"/access/{granted}/", "/my/data/", "/documents/bridge-letter/")]
    own += [(salma, f"/access/{asked}/"), (salma, f"/access/{asked}/sign/nda/")]
    for session, path in [*(("", path) for path in PATHS), *own]:
        if session:
            visitor.context.add_cookies([{"name": "session", "value": session, "url": visitor.url}])
        page = visitor.go(path)
        assert page.url == visitor.url + path
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        for size in SIZES.values():
            page.set_viewport_size(size)
            found = {name: page.evaluate(code) for name, code in CHECKS.items()}
            assert not any(found.values()), (path, size, found)
