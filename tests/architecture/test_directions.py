"""The style sheets say start and end, not left and right, so that a page can be read from right to left."""

import re
from pathlib import Path

import pytest

from tests.architecture.test_imports import ROOT

SHEETS = [
    ROOT / "trustcenter" / "web" / "static" / "trustcenter" / "trust.css",
    ROOT / "templates" / "mail" / "frame.html",
]
# A shorthand of four values sets left and right apart; `border-radius: a a b b` is the same on both sides.
SIDED = re.compile(
    r"(?:margin|padding|border)-(?:left|right)\b|(?<![\w-])(?:left|right)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)"
    r"|border-(?:top|bottom)-(?:left|right)-radius|(?<![\w-])(?:margin|padding|inset)\s*:\s*[^;{}]+;"
)


def sided(css: str) -> list[str]:
    """The declarations that would stay on their side; four values are fine where both sides have the same."""
    found = []
    for match in SIDED.finditer(css):
        shorthand, _colon, values = match[0].rstrip(";").partition(":")
        if not values or shorthand in {"left", "right"} or values.strip() in {"left", "right"}:
            found.append(match[0])
        else:
            sides = re.findall(r"(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+", values)
            found += [match[0]] if len(sides) == 4 and sides[1] != sides[3] else []
    return found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_style_sheet_has_no_left_and_right(sheet: Path):
    assert not sided(sheet.read_text())


@pytest.mark.parametrize(
    "css",
    ["a { margin-left: 1px; }", "a { left: 0; }", "a { text-align: right; }", "a { padding: 1px 2px 3px 4px; }"],
)
def test_planted_side_is_found(css):
    assert sided(css)


@pytest.mark.parametrize(
    "css", ["a { margin-inline-start: 1px; inset-inline-start: 0; }", "a { padding: 1px 2px 3px 2px; }"]
)
def test_planted_good_line_passes(css):
    assert not sided(css)
