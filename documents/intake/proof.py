"""Proves that the mark is visible on every page of a reading copy. Runs in a sandboxed child, without Django.

Each page is drawn with an empty and with a filled mark, and the filled one again as printed. The strip has to equal that
of a blank page of the same size, pixel by pixel. Anything that a page does to its mark makes a difference.
"""

import io
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

import pikepdf
import pypdfium2
from pikepdf import Array
from PIL import Image, ImageChops, ImageOps

from documents.intake.reading_copy import prepare
from documents.intake.sheets import STRIP_HEIGHT, STRIP_WIDTH, strip_on
from documents.marks import second_mark
from documents.marks.marking import EmptyMarks, Mark, Slot, empty_marks

# Pixels per unit of the strip: a letter is 13 pixels high.
DETAIL = 2
# The largest allowed difference of a pixel, of 255. A missing or covered letter differs by 170.
TOLERANCE = 60
# The share of the strip's width that a full line of letters has to reach.
REACH = 0.75
DARK = 150


@dataclass(frozen=True)
class Proof:
    """The number of proven pages from the first on, and the page whose mark is not visible, if any."""

    pages: int
    proven: int
    hidden: int | None = None


def prove(source: BinaryIO, slots: str, first: int, seconds: int) -> Proof:
    """Draws the pages of the reading copy `source` from page `first` (counted from 1) on, for about `seconds`.

    `slots` are the places of its marks as JSON. It stops at the first page whose mark is not visible.
    """
    places: list[Slot] = json.loads(slots)
    marks = empty_marks(source, source.seek(0, io.SEEK_END), places)
    mark, end = _full_mark(), time.monotonic() + seconds
    blanks: dict[tuple[float, ...], tuple[Image.Image, Image.Image]] = {}
    with pypdfium2.PdfDocument(source) as empty, pypdfium2.PdfDocument(_Filled(source, marks, mark)) as filled:
        number, pages = first, len(empty)
        while number <= pages and (number == first or time.monotonic() < end):
            if not _shows(empty, filled, number - 1, mark, blanks):
                return Proof(pages, number - 1, hidden=number)
            number += 1
    return Proof(pages, number - 1)


class _Filled(io.RawIOBase):
    """A seekable reader of a reading copy with `mark` in it."""

    def __init__(self, source: BinaryIO, marks: EmptyMarks, mark: Mark) -> None:
        self._source, self._size, self._patches = source, marks.size, marks.patches(mark)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        self._source.seek(self._position)
        data = self._source.read(len(view))
        for offset, patch in self._patches:
            start, end = max(offset, self._position), min(offset + len(patch), self._position + len(data))
            if start < end:
                before, after = data[: start - self._position], data[end - self._position :]
                data = before + patch[start - offset : end - offset] + after
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


def _full_mark() -> Mark:
    """A random mark of full lines, which no author can predict."""
    letters = second_mark.new_bits().hex()
    return Mark(letters, letters, datetime.now(UTC), letters[:14], second_mark.picture(second_mark.new_bits()), letters)


def _shows(
    empty: pypdfium2.PdfDocument,
    filled: pypdfium2.PdfDocument,
    index: int,
    mark: Mark,
    blanks: dict[tuple[float, ...], tuple[Image.Image, Image.Image]],
) -> bool:
    try:
        [without] = _strips(empty, index, prints=(False,))
        with_name, printed = _strips(filled, index, prints=(False, True))
    except pypdfium2.PdfiumError:
        return False
    page = empty[index]
    size = (*page.get_mediabox(), page.get_rotation())
    page.close()
    if size not in blanks:
        blanks[size] = _blank(size, mark)
    blank_without, blank_with = blanks[size]
    return (
        _is_legible(blank_without, blank_with)
        and _alike(without, blank_without)
        and _alike(with_name, blank_with)
        and _alike(printed, blank_with)
    )


def _strips(pdf: pypdfium2.PdfDocument, index: int, prints: tuple[bool, ...]) -> list[Image.Image]:
    """The part of a drawn page with the strip, on the screen or in print."""
    page = pdf[index]
    try:
        wide, high = page.get_size()
        u, v, scale = strip_on(wide, high)
        crop = u, v, wide - u - STRIP_WIDTH * scale, high - v - STRIP_HEIGHT * scale
        strips = []
        for print_ in prints:
            mode = "print" if print_ else None
            bitmap = page.render(scale=DETAIL / scale, crop=crop, grayscale=True, maybe_alpha=False, optimize_mode=mode)
            # Without its edge, where a pixel may be half on the strip and half on the page.
            strips.append(ImageOps.crop(bitmap.to_pil().convert("L"), 1))
            bitmap.close()
        return strips
    finally:
        page.close()


def _blank(size: tuple[float, ...], mark: Mark) -> tuple[Image.Image, Image.Image]:
    """The strip of a blank page of that size and rotation, without and with `mark`."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(100, 100)).obj
    page.MediaBox, page.Rotate = Array(size[:4]), size[4]
    plain, copy = io.BytesIO(), io.BytesIO()
    pdf.save(plain)
    slots = prepare(plain, copy).slots
    marks = empty_marks(copy, copy.getbuffer().nbytes, slots)
    with pypdfium2.PdfDocument(copy) as empty, pypdfium2.PdfDocument(_Filled(copy, marks, mark)) as filled:
        return _strips(empty, 0, prints=(False,))[0], _strips(filled, 0, prints=(False,))[0]


def _is_legible(empty: Image.Image, filled: Image.Image) -> bool:
    """Whether an empty strip is white, and a filled one has ink across both lines."""
    if _extremes(empty)[0] < 255 - TOLERANCE:
        return False
    ink = filled.point([255] * DARK + [0] * (256 - DARK))
    upper = ink.crop((0, 0, ink.width, ink.height // 2))
    lower = ink.crop((0, ink.height // 2, ink.width, ink.height))
    boxes = [line.getbbox() for line in (upper, lower)]
    return all(box is not None and box[2] - box[0] >= REACH * ink.width for box in boxes)


def _alike(strip: Image.Image, blank: Image.Image) -> bool:
    return strip.size == blank.size and _extremes(ImageChops.difference(strip, blank))[1] <= TOLERANCE


def _extremes(picture: Image.Image) -> tuple[int, int]:
    """The darkest and the brightest pixel of an image."""
    values = [value for value, count in enumerate(picture.histogram()) if count]
    return values[0], values[-1]
