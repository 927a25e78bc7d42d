"""QR codes are those that another implementation (segno 1.6) makes of the same text, and that zxing reads."""

import hashlib
from xml.etree import ElementTree

import pytest

from trustcenter.web import qr

pytestmark = pytest.mark.once

SYMBOLS = {
    "https://trust.example/s/0123456789abcdef/soc-2-type-ii-report/": "ed37b6ad0d045b9e",
    "x" * 106: "fa6f15411cb89fc0",
    "ä" * 53: "377e681c489e7a39",
    "z" * 180: "bab07c485d260cd6",
    "z" * 213: "8b01c420413f22aa",
}


@pytest.mark.parametrize("text", SYMBOLS)
def test_symbol_is_the_one_of_another_implementation(text):
    assert hashlib.sha256(repr(qr.symbol(text)).encode()).hexdigest()[:16] == SYMBOLS[text]


def test_svg_draws_the_symbol():
    text = "https://trust.example/s/0123456789abcdef/"
    grid = qr.symbol(text)
    drawn = [[False] * len(grid) for _ in grid]
    (path,) = [one for one in ElementTree.fromstring(qr.svg(text)).iter() if one.get("stroke")]
    for move in path.get("d").split("M")[1:]:
        place, run = move.split("h")
        x, y = (int(float(number)) for number in place.split())
        for at in range(int(run)):
            drawn[y - qr.QUIET][x - qr.QUIET + at] = True
    assert drawn == grid
    with pytest.raises(qr.TooLong):
        qr.svg("z" * 214)
