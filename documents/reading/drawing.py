"""Draws a PDF's pages as pictures. Runs in a sandboxed child, without Django."""

import io
import math
from dataclasses import dataclass
from typing import BinaryIO, TypedDict

import pypdfium2
from PIL import Image

POINTS = 72
DOTS_PER_INCH = 150
# The most pixels of a picture, on its longer side and in all.
MAX_SIDE = 5_000
MAX_PIXELS = 8_000_000
# A page of text takes a tenth of this as PNG. A scan takes more, and loses nothing visible as JPEG.
MAX_LOSSLESS = 1_000_000


class Place(TypedDict):
    """The place of one page's picture in the target, in bytes, and its size in pixels."""

    offset: int
    length: int
    width: int
    height: int


@dataclass(frozen=True)
class Drawn:
    """The pictures that were written, in the order of their pages."""

    places: list[Place]


def draw(source: BinaryIO, target: BinaryIO, pages: int, first: int, most: int) -> Drawn:
    """Writes pictures of at most `most` pages, from page `first` (counted from 1), to `target`.

    `source` is a seekable PDF of `pages` pages, `target` is written from its start to its end. Each picture is a PNG
    or a JPEG that can be read without the others. Raises ValueError if the PDF has another number of pages,
    and pypdfium2.PdfiumError if it cannot be read or a page cannot be drawn.
    """
    with pypdfium2.PdfDocument(source) as pdf:
        # Without this, filled form fields are not drawn. This pdfium is built without a script engine (a test checks it).
        pdf.init_forms()
        if len(pdf) != pages:
            raise ValueError(f"{pages} pages were announced, {len(pdf)} found")
        places: list[Place] = []
        offset = 0
        for number in range(first, min(first + most, pages + 1)):
            picture = _picture(pdf, number - 1)
            data = encoded(picture)
            target.write(data)
            places.append({"offset": offset, "length": len(data), "width": picture.width, "height": picture.height})
            offset += len(data)
    return Drawn(places)


def _picture(pdf: pypdfium2.PdfDocument, index: int) -> Image.Image:
    page = pdf[index]
    try:
        bitmap = page.render(scale=scale(*page.get_size()), rev_byteorder=True, maybe_alpha=False)
        picture: Image.Image = bitmap.to_pil().convert("RGB")
        bitmap.close()
    finally:
        page.close()
    red, green, blue = (band.tobytes() for band in picture.split())
    return picture.getchannel("R") if red == green == blue else picture


def scale(width: float, height: float) -> float:
    """Pixels per point at which a page of that many points is drawn."""
    longer, area = max(width, height, 1.0), max(width * height, 1.0)
    return min(DOTS_PER_INCH / POINTS, MAX_SIDE / longer, math.sqrt(MAX_PIXELS / area))


def encoded(picture: Image.Image) -> bytes:
    """The picture as a PNG, or as a JPEG if the PNG has more than MAX_LOSSLESS bytes."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    if out.tell() > MAX_LOSSLESS:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()
