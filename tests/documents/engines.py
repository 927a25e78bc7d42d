"""The strip at the bottom of a page, as each common PDF program draws it."""

import io
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import Image

from documents.intake.sheets import STRIP_HEIGHT, STRIP_WIDTH, strip_on

# Pixels per unit of the strip.
DETAIL = 1


@dataclass(frozen=True)
class Place:
    """The strip's place on a drawn page: dots per inch, then left, top, width and height in pixels."""

    dpi: float
    left: int
    top: int
    width: int
    height: int


def place(path: Path, number: int) -> Place:
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[number - 1]
        wide, high = page.get_size()
    u, v, scale = strip_on(wide, high)
    zoom = DETAIL / scale
    top = (high - v - STRIP_HEIGHT * scale) * zoom
    # Without its edge, where a pixel may be half on the strip and half on the page.
    wide, high = round(STRIP_WIDTH * DETAIL) - 2, round(STRIP_HEIGHT * DETAIL) - 2
    return Place(72 * zoom, round(u * zoom) + 1, round(top) + 1, wide, high)


def pdfium(path: Path, number: int, at: Place, print_: bool = False) -> Image.Image:
    zoom, mode = at.dpi / 72, "print" if print_ else None
    with pypdfium2.PdfDocument(path) as pdf:
        pdf.init_forms()
        page = pdf[number - 1]
        wide, high = (side * zoom for side in page.get_size())
        cut = at.left, high - at.top - at.height, wide - at.left - at.width, at.top
        crop = tuple(side / zoom for side in cut)
        bitmap = page.render(scale=zoom, crop=crop, grayscale=True, optimize_mode=mode)
        return bitmap.to_pil().convert("L")


def pdfium_in_print(path: Path, number: int, at: Place) -> Image.Image:
    return pdfium(path, number, at, print_=True)


def poppler(path: Path, number: int, at: Place) -> Image.Image:
    area = ["-x", at.left, "-y", at.top, "-W", at.width, "-H", at.height]
    return _drawn("pdftoppm", "-gray", "-r", at.dpi, "-f", number, "-l", number, *area, path)


def mupdf(path: Path, number: int, at: Place) -> Image.Image:
    return _strip(_drawn("mutool", "draw", "-q", "-F", "pgm", "-c", "gray", "-r", at.dpi, "-o", "-", path, number), at)


def poppler_text(path: Path, number: int) -> str:
    return _run("pdftotext", "-f", number, "-l", number, path, "-").decode(errors="replace")


def strips(path: Path, number: int) -> dict[str, Image.Image]:
    """The strip of every page as each program draws it."""
    at = place(path, number)
    with ThreadPoolExecutor() as pool:
        others = {name: pool.submit(draw, path, number, at) for name, draw in PROGRAMS.items()}
        drawn = {name: draw(path, number, at) for name, draw in LIBRARIES.items()}
        return drawn | {name: future.result() for name, future in others.items()}


LIBRARIES, PROGRAMS = {"pdfium": pdfium, "pdfium in print": pdfium_in_print}, {"poppler": poppler, "MuPDF": mupdf}


def _strip(page: Image.Image, at: Place) -> Image.Image:
    return page.crop((at.left, at.top, at.left + at.width, at.top + at.height))


def _drawn(*command: object) -> Image.Image:
    return Image.open(io.BytesIO(_run(*command))).convert("L")


def _run(*command: object) -> bytes:
    return subprocess.run([str(part) for part in command], capture_output=True, check=False, timeout=60).stdout
