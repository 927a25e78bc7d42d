"""The reader's mark in the pixels of a page: a strip below it, and one line repeated across it.

The letters are those of the mark in a PDF: Helvetica from pdfium, in Windows-1252, so that no font has to be
installed.
"""

import io
import math
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock

import pypdfium2
from PIL import Image

from documents.marks.marking import FONT_SIZE, LINE_WIDTH, Mark, plain, shortened, shortened_address, width
from documents.marks.painting import painted

# On a narrower page the strip's letters would be too small to read, so it is placed on a white sheet.
LEAST_WIDTH, LEAST_HEIGHT = 800, 240
# The strip as in a marked PDF: points in a page of 565 (see `reading_copy`).
PAGE_POINTS, STRIP_POINTS, BASELINES = LINE_WIDTH + 30, 19.0, (11.0, 3.5)
STRIP_INK = 80
# The line across: its slant in degrees, its strength (of 255), and the sheet's width divided by its height.
SLANT, STRENGTH, SHARE = 24, 38, 62
SMALLEST, LARGEST = 14, 28
# The distance between lines in heights of a letter, and between repetitions on a line.
LEADING, GAP = 6.5, "      "
# The height of the letters of the code below a thumbnail, in pixels; smaller if they would not fit.
CODE_SIZE = 11
# On anything darker than this, the ink is white.
DARK = 110
QUALITY = 90

# pdfium is not thread-safe.
_pdfium = Lock()


class Unmarkable(Exception):
    """The mark would be invisible, so the page must not be shown."""


def burned_in(picture: Image.Image, mark: Mark, bits: bytes) -> Image.Image:
    """The page with `mark` in a strip below it and across the whole page, and `bits` as its second mark.

    Raises Unmarkable if a line of the mark leaves no ink.
    """
    sheet = _sheet(picture)
    strip = _strip(sheet.width, mark.lines)
    marked = Image.new(sheet.mode, (sheet.width, sheet.height + strip.height), "white")
    marked.paste(sheet, (0, 0))
    marked.paste(*_written_across(sheet, across(mark)))
    marked.paste(strip, (0, sheet.height))
    return painted(marked, bits)


def above_code(picture: Image.Image, code: str, wide: int) -> Image.Image:
    """A thumbnail on white, `wide` pixels wide, above a copy code that stays legible at this size.

    Raises Unmarkable if the code leaves no ink.
    """
    letters = _letters(code, code_size(code, wide))
    marked = Image.new("RGB", (wide, picture.height + CODE_SIZE + 4), "white")
    marked.paste(picture, ((wide - picture.width) // 2, 0))
    marked.paste((STRIP_INK,) * 3, ((wide - letters.width) // 2, picture.height + 2), letters)
    return marked


def code_size(code: str, wide: int) -> float:
    """The size of the code's letters that fits into so many pixels: a W is three times as wide as a J."""
    return min(CODE_SIZE, (wide - 2) * FONT_SIZE / width(code))


def across(mark: Mark) -> str:
    """The text that is repeated across a page. The code is first and last, because a crop may hold only a part."""
    company = f" \u00b7 {shortened(plain(mark.company), 40, math.inf)}" if mark.company else ""
    email = plain(mark.email)
    # The domain is whole, however long it is.
    email = shortened_address(email, max(60, len(email.rpartition("@")[2]) + 10), math.inf)
    return f"{mark.code} \u00b7 {email}{company} \u00b7 {mark.at:%Y-%m-%d %H:%M} UTC \u00b7 {mark.code}"


def jpeg(picture: Image.Image) -> bytes:
    """The picture as a JPEG with crisp letters, encoded in a fifth of the time of PNG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def _sheet(picture: Image.Image) -> Image.Image:
    sheet = picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    size = max(sheet.width, LEAST_WIDTH), max(sheet.height, LEAST_HEIGHT)
    if size == sheet.size:
        return sheet
    larger = Image.new(sheet.mode, size, "white")
    larger.paste(sheet, ((size[0] - sheet.width) // 2, 0))
    return larger


def _written_across(sheet: Image.Image, text: str) -> tuple[Image.Image, tuple[int, int], Image.Image]:
    """`text` repeated over the sheet, as arguments for `paste`: colour, place and mask.

    Dark on light parts of the sheet and light on dark ones.
    """
    ink = _ink(sheet.size, text)
    light_or_dark = sheet.convert("L").point([255] * DARK + [0] * (256 - DARK))
    return light_or_dark if sheet.mode == "L" else Image.merge("RGB", [light_or_dark] * 3), (0, 0), ink


# The pages of a document mostly have one size. Few are kept, because each takes a byte for each pixel.
@lru_cache(maxsize=4)
def _ink(sheet: tuple[int, int], text: str) -> Image.Image:
    """A mask of a sheet of that size: how much ink each pixel takes from the repeated `text`."""
    size = min(max(sheet[0] // SHARE, SMALLEST), LARGEST)
    line = _slanted(text, size)
    ink = Image.new("L", sheet)
    for place in _places(sheet, line.size, size):
        ink.paste(STRENGTH, place, line)
    return ink


def _places(sheet: tuple[int, int], line: tuple[int, int], size: int) -> Iterator[tuple[int, int]]:
    """The places of a slanted line of that size, so that its copies form lines that cover the sheet."""
    angle = math.radians(SLANT)
    across, up = line[0] - size * math.sin(angle), line[1] - size * math.cos(angle)
    low = sheet[1] + sheet[0] * math.tan(angle)
    for row in range(math.ceil(low / (size * LEADING)) + 1):
        # Each line starts at another offset, so that the same words are not below each other.
        begun = row * 3 / 8 % 1
        left, bottom = -begun * across, row * size * LEADING + begun * up
        while left < sheet[0] and bottom > 0:
            if left + line[0] > 0 and bottom - line[1] < sheet[1]:
                yield round(left), round(bottom) - line[1]
            left, bottom = left + across, bottom - up


def _strip(wide: int, lines: tuple[str, str]) -> Image.Image:
    """Two grey lines on white, as wide as the sheet."""
    unit = wide / PAGE_POINTS
    strip = Image.new("L", (wide, round(STRIP_POINTS * unit)), "white")
    for text, baseline in zip(lines, BASELINES, strict=True):
        letters = _letters(text, FONT_SIZE * unit)
        # The top of the letters is 0.75 of their size above the baseline.
        top = round((STRIP_POINTS - baseline - 0.75 * FONT_SIZE) * unit)
        strip.paste(STRIP_INK, (round(15 * unit), top), letters)
    return strip


@lru_cache(maxsize=64)
def _slanted(text: str, size: int) -> Image.Image:
    """One copy of the line across, slanted."""
    return _letters(text + GAP, size).rotate(SLANT, Image.Resampling.BICUBIC, expand=True)


@lru_cache(maxsize=128)
def _letters(text: str, size: float) -> Image.Image:
    """A mask (0 to 255) of `text` in letters of `size` pixels.

    Raises Unmarkable if it has no ink.
    """
    wide = width(text) * size / FONT_SIZE
    with _pdfium, pypdfium2.PdfDocument(_sheet_of_text(text, size, wide)) as pdf:
        page = pdf[0]
        bitmap = page.render(scale=1, grayscale=True)
        letters: Image.Image = bitmap.to_pil().point([255 - v for v in range(256)])
        bitmap.close()
        page.close()
    if letters.getbbox() is None:
        raise Unmarkable("a line of the mark has no ink")
    return letters


def _sheet_of_text(text: str, size: float, wide: float) -> bytes:
    """A PDF of one page with `text` on it."""
    drawing = b"BT /F %.2f Tf 0 %.2f Td <%s> Tj ET" % (size, size * 0.25, text.encode("cp1252").hex().encode())
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
        % (wide, size),
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    out, offsets = b"%PDF-1.7\n", b""
    for number, body in enumerate(objects, 1):
        offsets += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\n" % (6, offsets, 6)
    return out + table + b"startxref\n%d\n%%%%EOF\n" % len(out)
