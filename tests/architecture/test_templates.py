"""No template can break the content policy, and every one compiles."""

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
# A block of data runs nothing; the scripts that register a passkey read their options from one.
PASSKEYS = ("mfa/", "account/login.html")
DATA = re.compile(r"<script[^>]*type=\"application/json\"[^>]*>", re.IGNORECASE)


def inline(source: str, *, data_allowed: bool = False) -> list[str]:
    source = COMMENTS.sub("", source)
    if data_allowed:
        source = DATA.sub("", source)
    return [name for name, pattern in INLINE.items() if pattern.search(source)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_compiles(name):
    get_template(name)


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.endswith(".html")])
def test_template_has_nothing_inline(name):
    assert not inline((FOLDER / name).read_text(), data_allowed=name.startswith(PASSKEYS))


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
