"""What only a browser can show: the size of the first view, layout shifts, printed pages, pages without scripts."""

import gzip
import re
import time

import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.browser.conftest import SIZES

FIRST_VIEW_BYTES = 90_000
# The fallback font's lines are equally long within about one percent, so sometimes a line breaks one word earlier. Browsers
# rate a layout shift below 0.1 as good.
SHIFT_AT_MOST = 0.02
# Every shift counts, also those right after a key press, which browsers leave out of their score.
MEASURE = """
window.__shift = 0; window.__largest = null; window.__moved = [];
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
        window.__shift += entry.value;
        for (const {node} of entry.sources) window.__moved.push((node?.outerHTML || node?.textContent || "").slice(0, 80));
    }
}).observe({type: "layout-shift", buffered: true});
new PerformanceObserver(list => { window.__largest = list.getEntries().at(-1).element; })
    .observe({type: "largest-contentful-paint", buffered: true});
"""
BOX = """() => { const {x, y, width, height} = window.__largest.getBoundingClientRect(); return {x, y, width, height}; }"""
PAGES = ["/", "/answers/?q=keys", "/certifications/soc-2-type-ii/", "/documents/"]
# The least contrast between words and what they stand on, for colors all around the circle, bright and dark.
LEAST_CONTRAST = """() => {
  const brush = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
  const probe = document.body.appendChild(document.createElement("p"));
  const luminance = name => {
    probe.style.color = `var(${name})`;
    brush.fillStyle = getComputedStyle(probe).color;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...brush.getImageData(0, 0, 1, 1).data].map(byte => byte / 255)
      .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const pairs = [["--ink", "--tint"], ["--quiet", "--tint"]];
  for (const words of ["--accent", "--accent-deep"])
    for (const ground of ["--sheet", "--ground", "--wash", "--tint", "--on-accent"]) pairs.push([words, ground]);
  let least = 21;
  for (let hue = 0; hue < 360; hue += 15) for (const lightness of [0, 12, 50, 85, 100]) {
    document.documentElement.style.setProperty("--brand", `hsl(${hue} 100% ${lightness}%)`);
    for (const pair of pairs) {
      const [dark, light] = pair.map(luminance).sort((one, other) => one - other);
      least = Math.min(least, (light + 0.05) / (dark + 0.05));
    }
  }
  return least;
}"""
# The walk of prospect, approver and sales checks these in each size and scheme, but not as narrow.
WALKED = ["/", "/certifications/soc-2-type-ii/", "/answers/?q=keys"]
NOT_WALKED = ["/certifications/", "/documents/soc-2-type-ii-report/"]
NOT_WALKED += ["/answers/?q=zzz&topic=law", "/nowhere/", "/mailbox/"]


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("narrow", "dark")])
def test_pages_are_clean_in_both_schemes_and_at_320_pixels(visit, size, scheme):
    visitor = visit("phone" if size == "narrow" else size, color_scheme=scheme)
    if size == "narrow":
        visitor.page.set_viewport_size({"width": 320, "height": 640})
    for path in [*WALKED, *NOT_WALKED] if size == "narrow" else NOT_WALKED:
        visitor.go(path)
        # A missing page also leaves a message in the console, which is expected here.
        visitor.complaints = [one for one in visitor.complaints if "404" not in one or "/nowhere/" not in one]
        visitor.check()


def test_words_can_be_read_in_every_colour_of_a_brand(visit):
    visitor = visit(reduced_motion="reduce")
    for path in PAGES:
        page = visitor.go(path)
        visitor.check_in_colours()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(LEAST_CONTRAST) >= 4.5


def test_first_view_is_small(visit):
    """Everything that the overview loads, including the font, compressed as a proxy compresses it."""
    visitor = visit()
    loaded: dict[str, bytes] = {}
    visitor.page.on("response", lambda response: keep(loaded, response))
    visitor.go("/").wait_for_load_state("networkidle")
    assert [path for path in loaded if path.endswith(".woff2") and "latin-ext" in path] == []
    assert len([path for path in loaded if path.endswith(".woff2")]) == 1
    assert len([path for path in loaded if path.endswith(".css")]) == 1
    sizes = {path: len(body if path.endswith(".woff2") else gzip.compress(body, 9)) for path, body in loaded.items()}
    assert sum(sizes.values()) < FIRST_VIEW_BYTES, sizes


def keep(loaded: dict[str, bytes], response: Response) -> None:
    loaded[re.sub(r"^https?://[^/]+", "", response.url)] = response.body()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("size", SIZES)
def test_nothing_moves_when_the_font_loads(visit, size, path):
    visitor = visit(size)
    page = visitor.page
    page.add_init_script(MEASURE)
    waiting: list[Route] = []
    page.route("**/*.woff2", lambda route: waiting.append(route))
    page.goto(visitor.url + path, wait_until="commit")
    wait_until(page, "() => Boolean(window.__largest) && document.readyState !== 'loading'")
    # The fallback font is on the screen long enough to be seen.
    page.wait_for_timeout(300)
    before = page.evaluate(BOX)
    assert not loaded_faces(page), "the font was loaded from the start, so nothing was measured"
    for route in waiting:
        route.continue_()
    wait_until(page, "() => document.fonts.status === 'loaded'")
    page.wait_for_timeout(300)
    assert loaded_faces(page) == ["Schibsted Grotesk"]
    after = page.evaluate(BOX)
    assert (after["x"], after["y"]) == (before["x"], before["y"])
    assert abs(after["height"] - before["height"]) < 1
    assert page.evaluate("window.__shift") < SHIFT_AT_MOST, page.evaluate("window.__moved")


def loaded_faces(page: Page) -> list[str]:
    names = page.evaluate("() => [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    return sorted({name.strip('"') for name in names if "Stand-in" not in name})


def wait_until(page: Page, true: str) -> None:
    # Playwright's own wait evaluates a string inside the page, which the content security policy refuses.
    deadline = time.monotonic() + 20
    while not page.evaluate(true):
        assert time.monotonic() < deadline, true
        page.wait_for_timeout(50)


def test_overview_prints_as_a_report(visit):
    page = visit().go("/")
    page.emulate_media(media="print")
    for name in (".rail", ".search", ".masthead nav", ".do .button"):
        expect(page.locator(name).first).to_be_hidden()
    for words in ("Security and compliance at", "Attested", "Gap:", "What is not offered", "Demo content"):
        expect(page.get_by_text(words).first).to_be_visible()
    page.set_viewport_size({"width": 700, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def test_header_names_the_reader_without_scripts(visit):
    visitor = visit(java_script_enabled=False)
    page = visitor.go("/accounts/login/")
    page.locator("form[action*='/code/'] input[name=email]").fill("rhea@example.com")
    page.locator("form[action*='/code/'] button").first.click()
    page.locator("main input[name=code]").fill(newest_code(visitor.context.new_page(), visitor.url))
    page.locator("main form", has=page.locator("input[name=code]")).locator("button").first.click()
    page.goto(visitor.url + "/")
    header = page.get_by_role("banner")
    expect(header.get_by_text("Sign in")).to_have_count(0)
    # With the keyboard, the menu opens and offers to sign out.
    header.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(header.get_by_text("Signed in as rhea@example.com")).to_be_visible()
    header.get_by_role("button", name="Sign out").press("Enter")
    page.goto(visitor.url + "/")
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()


def test_filters_fold_on_a_phone_and_stay_open_while_one_is_chosen(visit):
    # Without scripts: search, narrow down, and open what was found.
    plain = visit(java_script_enabled=False).go("/")
    plain.get_by_role("searchbox").first.fill("BYOK")
    plain.get_by_role("searchbox").first.press("Enter")
    plain.get_by_role("checkbox", name="Answers").check()
    plain.get_by_role("button", name="Apply filters").click()
    plain.locator(".rows h3 a").first.click()
    expect(plain).to_have_url(re.compile("/answers/#"))
    for javascript in (True, False):
        page = visit("phone", java_script_enabled=javascript).go("/answers/?q=keys")
        apply = page.get_by_role("button", name="Apply filters")
        expect(apply).to_be_hidden()
        page.get_by_label("Show filters").check()
        expect(apply).to_be_visible()
        page.get_by_role("checkbox", name="Sources disagree").check()
        apply.click()
        expect(page.get_by_role("button", name="Apply filters")).to_be_visible()
        expect(page.get_by_label("Show filters")).to_be_hidden()
    wide = visit().go("/answers/?q=keys")
    expect(wide.get_by_role("button", name="Apply filters")).to_be_visible()
    expect(wide.get_by_label("Show filters")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_the_menu_is_in_sight(visit, size):
    page = visit(size).go("/subprocessors/")
    box = page.get_by_role("navigation", name="Main").get_by_role("link", name="Subprocessors").bounding_box()
    assert box["x"] + box["width"] <= SIZES[size]["width"]


def newest_code(tab: Page, url: str) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        tab.goto(f"{url}/mailbox/")
        if found := re.search(r"\b([A-Z]{4}-[A-Z]{4})\b", tab.locator("main").inner_text()):
            tab.close()
            return found[1]
        time.sleep(0.3)
    raise AssertionError("the code did not come")
