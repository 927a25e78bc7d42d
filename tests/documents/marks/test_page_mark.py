"""The mark in a page image: it is on every part of it, legible on any background, and differs between readers."""

import io
from datetime import UTC, datetime

import numpy
import pytest
from PIL import Image, ImageChops

from documents.marks import page_mark, second_mark
from documents.marks.marking import Mark
from documents.tracing import naming, pictures
from tests.documents import pdfs
from tests.documents.reading.test_drawing import drawn
from tests.documents.tracing.traces import fits

AT = datetime(2026, 11, 24, 18, 30, 5, tzinfo=UTC)
A4 = (1240, 1755)
BITS = second_mark.new_bits()


def mark(email="rhea@example.com", company="Example Corp", code="7F3K-2QXW-9B4T"):
    return Mark(email=email, company=company, at=AT, code=code, cells=second_mark.picture(BITS))


def marked(picture, **who):
    return page_mark.burned_in(picture, mark(**who), BITS)


def strip_of(picture, height=1755):
    return picture.convert("L").crop((0, height, picture.width, picture.height))


def ink(picture, like):
    """The pixels in which a marked page differs from the page without its mark."""
    pixels = ImageChops.difference(picture.crop((0, 0, *like.size)).convert("L"), like.convert("L"))
    return numpy.asarray(pixels) > 12


@pytest.mark.parametrize("ground", ["white", "black", (15, 20, 40), (120, 120, 120), (200, 30, 30)])
def test_every_crop_of_a_page_has_ink_of_the_mark(ground):
    page = Image.new("RGB", A4, ground)
    pixels = ink(marked(page), page).astype("int64")
    sums = numpy.pad(pixels.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    high, wide = 260, 360
    counts = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    # 44 by 61 mm of a page of A4.
    assert counts.min() > 100


def test_quarter_of_a_page_contains_a_whole_code():
    """The diagonal lines are cut at the edges, so the code is at both ends of each repetition."""
    line = page_mark._slanted(page_mark.across(mark()), A4[0] // page_mark.SHARE)
    places = list(page_mark._places(A4, line.size, A4[0] // page_mark.SHARE))
    code = page_mark._slanted(mark().code, A4[0] // page_mark.SHARE)
    for left in range(0, A4[0] - 620 + 1, 62):
        for top in range(0, A4[1] - 880 + 1, 80):
            assert any(
                left <= x
                and x + code.width <= left + 620
                and top <= y + line.height - code.height
                and y + line.height <= top + 880
                for x, y in places
            ), (left, top)


def test_page_stays_readable_under_the_mark():
    page = drawn(pdfs.blank(pdfs.TEXT))[0][0]
    before, after = (numpy.asarray(p.convert("L")) for p in (page, marked(page).crop((0, 0, *A4))))
    # Dark pixels stay dark and light ones light, with enough contrast.
    assert after[before < 30].max() < 90 and after[before > 250].min() > 190


def test_strip_has_both_lines_like_a_pdf():
    strip = strip_of(marked(Image.new("L", A4, "white")))
    rows = numpy.asarray(strip) < 160
    inked = rows.any(axis=1)
    lines = int((inked[1:] & ~inked[:-1]).sum())
    assert lines == 2 and strip.width == 1240 and 30 < strip.height < 60
    columns = rows.any(axis=0).nonzero()[0]
    assert columns.min() > 20 and columns.max() < 1220


def test_readers_have_different_second_marks():
    page = drawn(pdfs.blank(pdfs.TEXT))[0][0]
    one, two = marked(page), marked(page, code="0000-0000-0001")
    assert numpy.asarray(ImageChops.difference(strip_of(one), strip_of(two))).max() > 100
    assert (ink(one, page) != ink(two, page)).sum() > 1000
    assert one.tobytes() == marked(page).tobytes()


@pytest.mark.parametrize("email", ["łukasz.żółć@example.com", "рея@пример.example", "a" * 240 + "@example.com"])
@pytest.mark.parametrize("company", ["", "Société “Générale” · €", "株式会社", "C" * 200])
def test_any_name_can_be_drawn(email, company):
    picture = marked(Image.new("L", A4, "white"), email=email, company=company)
    columns = (numpy.asarray(strip_of(picture)) < 160).any(axis=0).nonzero()[0]
    assert columns.max() < 1230


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 5000), (3, 900), (2829, 2829), (1755, 1240)])
def test_pages_of_any_size_are_marked(size):
    page = Image.new("RGB", size, "white")
    picture = marked(page)
    assert picture.width >= page_mark.LEAST_WIDTH
    pixels = numpy.asarray(picture.convert("L")) < 235
    strip = round(page_mark.STRIP_POINTS * picture.width / page_mark.PAGE_POINTS)
    assert pixels[:-strip].sum() > 500 and pixels[-strip:].sum() > 300


@pytest.mark.parametrize("scale", [1.0, 0.877, 0.6])
def test_second_mark_can_be_read_from_a_screenshot(scale):
    page = drawn(pdfs.blank(pdfs.TEXT))[0][0]
    leaves = Image.open(io.BytesIO(page_mark.jpeg(marked(page))))
    seen = leaves.resize((round(leaves.width * scale), round(leaves.height * scale)), Image.Resampling.LANCZOS)
    values = pictures.tinted(seen)
    reading = pictures.read(values, pictures.search(values))
    limit = naming.threshold(1_000_000, 10)
    assert fits(reading, BITS) > limit > abs(fits(reading, second_mark.new_bits()))


def test_mark_without_ink_is_refused():
    with pytest.raises(page_mark.Unmarkable):
        page_mark._letters("   ", 12.0)


def test_page_is_a_jpeg_without_metadata():
    data = page_mark.jpeg(marked(Image.new("RGB", A4, "white")))
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "JPEG" and not picture.getexif() and picture.size[0] == 1240
