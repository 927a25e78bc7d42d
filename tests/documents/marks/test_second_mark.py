import io

import pypdfium2
import pytest
from django.conf import settings
from PIL import Image

from documents.marks import second_mark
from documents.marks.painting import painted
from documents.tracing import pictures
from tests.documents.tracing.traces import fits

DENSE = settings.BASE_DIR / "content" / "samples" / "dpa.pdf"


def test_every_cell_has_a_random_bit():
    drawn = {second_mark.new_bits() for _ in range(100)}
    assert len(drawn) == 100 and {len(bits) for bits in drawn} == {second_mark.BITS // 8}
    with pytest.raises(ValueError, match="512 bits"):
        second_mark.tile(b"short")


def test_pattern_repeats_one_tile():
    bits = second_mark.new_bits()
    picture, tile = second_mark.picture(bits), second_mark.tile(bits)
    assert len(picture) == second_mark.LENGTH == len(second_mark.BLANK)
    for row in (0, 31, 32, 223):
        line = picture[row * second_mark.SIDE // 8 : (row + 1) * second_mark.SIDE // 8]
        cells = [1 - int(digit) for byte in line for digit in f"{byte:08b}"]
        assert cells == tile[row % 32] * second_mark.TILES


@pytest.mark.parametrize("size", [(595, 842), (842, 595), (960, 540), (200, 200), (50, 14_400), (14_400, 3)])
def test_patterns_cover_the_page(size):
    places = second_mark.places(*size)
    assert 1 <= len(places) <= 2 * second_mark.MOST_PICTURES
    assert max(left + side for left, _top, side in places) >= size[0] - 0.01
    assert max(top + side for _left, top, side in places) >= size[1] - 0.01


def test_bits_are_readable_on_white_and_hard_to_see():
    bits = second_mark.new_bits()
    page = Image.new("RGB", (827, 1169), "white")
    picture = painted(page, bits)
    assert picture.size == page.size and page.getcolors() == [(827 * 1169, (255, 255, 255))]
    (red, green, blue) = picture.getextrema()
    assert red == green == (255, 255) and blue[0] >= 247
    values = pictures.tinted(picture)
    grid = pictures.search(values)
    assert grid.across == pytest.approx(827 / 150, rel=0.003)
    assert fits(pictures.read(values, grid), bits) > 20


def test_black_stays_black():
    assert painted(Image.new("L", (300, 300), 0), second_mark.new_bits()).getextrema() == ((0, 0),) * 3


@pytest.mark.parametrize("quality", [None, 75], ids=["PNG", "JPEG"])
def test_bits_are_readable_on_a_dense_grey_page(quality):
    """In grey the second mark is one level of 255, and the letters of a full page once hid it."""
    bits = second_mark.new_bits()
    page = pypdfium2.PdfDocument(DENSE)[0].render(scale=150 / 72).to_pil()
    grey = painted(page, bits).convert("L")
    if quality:
        out = io.BytesIO()
        grey.save(out, "JPEG", quality=quality)
        grey = Image.open(out)
    values = pictures.darkened(grey)
    assert fits(pictures.read(values, pictures.search(values)), bits) > 14
