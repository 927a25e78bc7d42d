"""Templates compile, stay short, have nothing inline, and use only classes of the style sheet."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

FOLDER = Path(settings.BASE_DIR, "templates")
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
COMMENTS = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL)
INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc\s*=)[^>]*>", re.IGNORECASE),
    "inline style": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "javascript: link": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
}
# A data block is not run; the scripts that register a passkey read their options from one, and search engines another.
WITH_DATA = ("mfa/", "account/login.html", "base.html")
DATA = re.compile(r"<script[^>]*type=\"application/(ld\+)?json\"[^>]*>", re.IGNORECASE)


PAGES = [name for name in TEMPLATES if name.endswith(".html")]
LINES_AT_MOST, COLUMNS_AT_MOST = 100, 120
# The signed copy is a PDF with its own style sheet, and the admin is Django's.
MAIL = "mail/frame.html"
OWN_STYLE = (
    "public/one_page",
    *("agreements/signed_copy.html", "agreements/unsigned_copy.html", "agreements/countersigned_paper.html"),
    *("admin/", MAIL),
)
SHEET = Path(settings.BASE_DIR, "trustcenter/web/static/trustcenter/trust.css")
# Django puts this class on the errors of a field.
WRITTEN_BY_DJANGO = {"errorlist"}
IN_SHEET = re.compile(r"\.([a-z][a-z-]*)")
IN_PAGE = re.compile(r"""class="([^"]*)\"""")
TAG = re.compile(r"\{[%{].*?[%}]\}", re.DOTALL)


def inline(source: str, *, data_allowed: bool = False) -> list[str]:
    source = COMMENTS.sub("", source)
    if data_allowed:
        source = DATA.sub("", source)
    return [name for name, pattern in INLINE.items() if pattern.search(source)]


def test_templates_compile():
    for name in TEMPLATES:
        get_template(name)


def classes_of_sheet(css: str) -> set[str]:
    return set(IN_SHEET.findall(re.sub(r"/\*.*?\*/|url\([^)]*\)", "", css, flags=re.DOTALL)))


def classes_of_page(source: str) -> set[str]:
    return {name for group in IN_PAGE.findall(source) for name in TAG.sub(" ", group).split()}


def test_templates_stay_short():
    lines = {name: (FOLDER / name).read_text().splitlines() for name in PAGES}
    assert [name for name in PAGES if len(lines[name]) > LINES_AT_MOST] == []
    wide = [(name, line) for name in PAGES for line in lines[name] if len(line) > COLUMNS_AT_MOST]
    assert wide == []


def test_every_class_is_in_the_style_sheet():
    known = classes_of_sheet(SHEET.read_text())
    used = {name: classes_of_page((FOLDER / name).read_text()) for name in PAGES if not name.startswith(OWN_STYLE)}
    assert {name: classes - known for name, classes in used.items() if classes - known} == {}


def test_style_sheet_has_no_unused_class():
    sources = [FOLDER / name for name in PAGES]
    sources += [
        path
        for package in ("trustcenter", "documents", "ndaflow")
        for path in Path(settings.BASE_DIR, package).rglob("*.py")
    ]
    words = set(re.findall(r"[a-z][a-z-]*", " ".join(path.read_text() for path in sources)))
    assert classes_of_sheet(SHEET.read_text()) - words <= WRITTEN_BY_DJANGO


def test_planted_classes_are_found():
    assert classes_of_page('<p class="quiet {% if x %}small{% endif %} {{ y }}">') == {"quiet", "small"}
    assert classes_of_sheet(".a > .b-c:hover { background: url(x.png) } /* .d */") == {"a", "b-c"}


# No policy applies to a mail, and mail programs load no style sheet.
def test_templates_have_nothing_inline():
    sources = {name: (FOLDER / name).read_text() for name in PAGES if name != MAIL}
    found = {name: inline(source, data_allowed=name.startswith(WITH_DATA)) for name, source in sources.items()}
    assert {name: parts for name, parts in found.items() if parts} == {}


@pytest.mark.parametrize(
    "line",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        '<p class="a" style="color: red">',
        '<button onclick="go()">',
        "<a href='javascript:go()'>",
        '<script type="application/json">{}</script>',
    ],
)
def test_planted_line_is_found(line):
    assert inline(line)


@pytest.mark.parametrize(
    "line",
    ['<script src="/static/app.js" defer></script>', '<p data-state="on">one = two</p>', "{# <style> #}"],
)
def test_planted_good_line_passes(line):
    assert not inline(line)
