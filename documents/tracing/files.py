"""Reads one leaked file for everything that may say which copy it came from. Runs in a sandboxed child.

The file is hostile, and what is answered about it is only what the file itself says: no delivery is known here.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image

from documents.second_mark import cell
from documents.tracing import pictures
from documents.tracing.codes import codes, codes_in

CHUNK, OVERLAP = 4 * 1024 * 1024, 64
MAX_PIXELS = 120_000_000
# Enough pages to lift a faint mark; spread over the file, because a leak may have been put together.
PAGES, TEXT_PAGES = 12, 2000
RESOLUTION = 110 / 72
LONGEST = 3000
MOST_UNPACKED = 256 * 1024 * 1024
# How far the light fields must stand out to be taken for the mark's; chance alone reaches about 5.
SEEN = 6.5
TURNS = (90.0, 180.0, 270.0, -0.5, 0.5, -1.0, 1.0, -1.5, 1.5, -2.0, 2.0)


@dataclass
class Said:
    """What a file says: its kind, SHA-256, codes and where they stood, and readings as base64 of 16-bit floats.

    `clear` says per reading how far the pattern that is the same in every copy stood out.
    """

    kind: str = "other"
    sha256: str = ""
    size: int = 0
    pages: int = 0
    pages_read: int = 0
    codes_in_text: list[str] = field(default_factory=list)
    codes_elsewhere: list[str] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)
    clear: list[float] = field(default_factory=list)


def examine(source: BinaryIO) -> Said:
    """What the file `source`, which is seekable, says about where it came from."""
    said = Said()
    start = source.read(1024)
    said.sha256, said.size, anywhere = _bytes(source)
    inside: set[str] = set()
    if b"%PDF-" in start:
        said.kind = "PDF"
        inside = _examine_pdf(source, said)
    elif start.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff")):
        said.kind = "picture"
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        source.seek(0)
        with Image.open(source, formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError("too many pixels")
            picture.draft("RGB", (4 * LONGEST, 4 * LONGEST))
            _read_pages([picture.convert("RGB")], said, whole=False)
        said.pages = said.pages_read = 1
    said.codes_elsewhere = sorted((anywhere | inside) - set(said.codes_in_text))
    return said


def examine_at(path: str | Path) -> Said:
    """`examine` for a path."""
    with open(path, "rb") as source:
        return examine(source)


def reading(text: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    """One of `Said.readings` as numbers again."""
    return np.frombuffer(base64.b64decode(text), np.float16).astype(np.float32)


def _bytes(source: BinaryIO) -> tuple[str, int, set[str]]:
    """SHA-256, length and codes of the file as it lies there."""
    source.seek(0)
    digest, size, tail, found = hashlib.sha256(), 0, b"", set()
    while data := source.read(CHUNK):
        digest.update(data)
        size += len(data)
        found |= codes_in(tail + data)
        tail = data[-OVERLAP:]
    return digest.hexdigest(), size, found


def _examine_pdf(source: BinaryIO, said: Said) -> set[str]:
    source.seek(0)
    pdf = pypdfium2.PdfDocument(source)
    said.pages = len(pdf)
    text = []
    for number in range(min(said.pages, TEXT_PAGES)):
        page = pdf[number]
        text.append(page.get_textpage().get_text_range())
        page.close()
    said.codes_in_text = sorted(codes("\n".join(text)))
    _read_pages(_rendered(pdf, said), said, whole=True)
    source.seek(0)
    return _within(source)


def _rendered(pdf: pypdfium2.PdfDocument, said: Said) -> Iterator[Image.Image]:
    """Up to PAGES pages from all over the file, as pictures."""
    for number in sorted({int(place) for place in np.linspace(0, said.pages - 1, min(PAGES, said.pages))}):
        page = pdf[number]
        scale = min(RESOLUTION, LONGEST / max(1.0, *page.get_size()))
        said.pages_read += 1
        yield page.render(scale=scale).to_pil().convert("RGB")
        page.close()


def _within(source: BinaryIO) -> set[str]:
    """Codes in what the file's objects hold once unpacked: streams, metadata, strings."""
    found: set[str] = set()
    unpacked = 0
    try:
        with pikepdf.open(source) as pdf:
            for one in pdf.objects:
                if isinstance(one, pikepdf.Stream) and one.get(pikepdf.Name.Subtype) != pikepdf.Name.Image:
                    data = bytes(one.get_stream_buffer(pikepdf.StreamDecodeLevel.generalized))
                    unpacked += len(data)
                    found |= codes_in(data)
                elif isinstance(one, pikepdf.Dictionary | pikepdf.Array):
                    found |= codes_in(one.unparse())
                if unpacked > MOST_UNPACKED:
                    break
    except pikepdf.PdfError:
        # What can be unpacked has been looked at; pictures of its pages say more than a broken stream.
        return found
    return found


def _read_pages(pages: Iterator[Image.Image] | list[Image.Image], said: Said, whole: bool) -> None:
    """Reads each page in its colours and in grey, and all of them together."""
    together: dict[str, pictures.Field] = {}
    known: dict[str, float] = {}
    turn = 0.0
    for number, page in enumerate(pages):
        for name, values_of in (("colour", pictures.tinted), ("grey", pictures.darkened)):
            if number == 0 and name == "colour":
                turn = _turn_of(page, whole)
            values = values_of(_turned(page, turn))
            guesses = [known[name]] if name in known else [cell(*page.size)] if whole and not turn else None
            found = pictures.read(values, pictures.search(values, guesses))
            if found.grid.clear < SEEN and guesses and name not in known and number < 2:
                found = pictures.read(values, pictures.search(values))
            if found.grid.clear < SEEN:
                continue
            known[name] = found.grid.across
            said.readings.append(_packed(found.values))
            said.clear.append(round(found.grid.clear, 1))
            unit = found.values / (np.linalg.norm(found.values) + 1e-9) * found.grid.clear
            together[name] = together.get(name, np.zeros_like(unit)) + unit
    for values in (*together.values(), sum(together.values())):
        if isinstance(values, np.ndarray):
            said.readings.append(_packed(values / (np.linalg.norm(values) + 1e-9)))


def _turn_of(page: Image.Image, whole: bool) -> float:
    """By how many degrees the page has to be turned for its light fields to stand out; 0 where nothing helps."""
    for turn in (0.0, *TURNS):
        values = pictures.tinted(_turned(page, turn))
        guesses = [[cell(*page.size)], None] if whole and not turn else [None]
        for guess in guesses:
            if pictures.search(values, guess).clear >= SEEN + (turn != 0):
                return turn
    return 0.0


def _turned(page: Image.Image, turn: float) -> Image.Image:
    if not turn:
        return page
    return page.rotate(turn, Image.Resampling.BICUBIC, expand=turn % 90 == 0, fillcolor="white")


def _packed(values: pictures.Field) -> str:
    return base64.b64encode((values / (np.abs(values).max() + 1e-9)).astype(np.float16).tobytes()).decode()
