"""Reads everything in a leaked file that may identify its copy. Runs in a sandboxed child.

The file is hostile. The result depends on the file only: no delivery is known here.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image

from documents.marks.second_mark import BITS, cell
from documents.tracing import pictures
from documents.tracing.codes import codes, codes_in

CHUNK, OVERLAP = 4 * 1024 * 1024, 64
MAX_PIXELS = 120_000_000
# Enough pages to read a faint mark, spread over the file, because a leak may consist of several copies.
PAGES, TEXT_PAGES = 12, 2000
RESOLUTION = 110 / 72
LONGEST = 3000
MOST_UNPACKED = 256 * 1024 * 1024
# How clearly the light fields must stand out to count as the mark's. Chance reaches about 5.
SEEN = 6.5
# From this clarity on, the colours are enough and grey is not tried.
PLAIN = 14.0
# On how many of the first pages a mark of any size is searched.
SEARCHED = 3
TURNS = (90.0, 180.0, 270.0, -0.5, 0.5, -1.0, 1.0, -1.5, 1.5, -2.0, 2.0)


_NOTHING = np.zeros(BITS, dtype=np.float32)


@dataclass
class Said:
    """What a file says: its kind, SHA-256, codes and where they were, and readings as base64 of 16-bit floats.

    `clear` says for each reading how clearly the pattern that is the same in every copy stood out.
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
    """What the seekable file `source` says about its copy."""
    said = Said()
    start = source.read(1024)
    said.sha256, said.size, anywhere = _bytes(source)
    inside: set[str] = set()
    if b"%PDF-" in start:
        said.kind = "PDF"
        inside = _examine_pdf(source, said)
    elif start.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff")):
        said.kind = "picture"
        _read_pages([_picture(source)], said, whole=False)
        said.pages = said.pages_read = 1
    said.codes_elsewhere = sorted((anywhere | inside) - set(said.codes_in_text))
    return said


class Unreadable(Exception):
    """The picture is damaged or larger than we read."""


def _picture(source: BinaryIO) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    source.seek(0)
    try:
        with Image.open(source, formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Unreadable("too many pixels")
            picture.draft("RGB", (4 * LONGEST, 4 * LONGEST))
            return picture.convert("RGB")
    except OSError as error:
        # The sandbox takes an OSError for a full disk.
        raise Unreadable(str(error)) from error


def _bytes(source: BinaryIO) -> tuple[str, int, set[str]]:
    """SHA-256, length and codes of the file's raw bytes."""
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
    """Up to PAGES pages, spread over the file, as pictures."""
    for number in sorted({int(place) for place in np.linspace(0, said.pages - 1, min(PAGES, said.pages))}):
        page = pdf[number]
        scale = min(RESOLUTION, LONGEST / max(1.0, *page.get_size()))
        said.pages_read += 1
        yield page.render(scale=scale).to_pil().convert("RGB")
        page.close()


def _within(source: BinaryIO) -> set[str]:
    """Codes in the file's unpacked objects: streams, metadata, strings."""
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
        # Everything that unpacks was read; pictures of the pages say more than a broken stream.
        return found
    return found


def _read_pages(pages: Iterator[Image.Image] | list[Image.Image], said: Said, whole: bool) -> None:
    """Reads each page in colour or grey, and all pages together.

    `whole` says that the pictures show whole pages, which gives the size of a cell.
    """
    together: dict[str, pictures.Field] = {}
    known: dict[str, float] = {}
    turn: float | None = None
    for number, page in enumerate(pages):
        for name, values_of in (("colour", pictures.tinted), ("grey", pictures.darkened)):
            if name == "grey" and not known and number >= SEARCHED:
                break
            values = values_of(_turned(page, turn or 0.0))
            found = _found(values, known.get(name, cell(*page.size) if whole else None), number < SEARCHED)
            if turn is None and found.grid.clear < SEEN and name == "colour":
                turn = _turn_of(page)
                values = values_of(_turned(page, turn))
                found = _found(values, None, bool(turn)) if turn else found
            if found.grid.clear < SEEN:
                continue
            turn = turn or 0.0
            known[name] = found.grid.across
            said.readings.append(_packed(found.values))
            said.clear.append(round(found.grid.clear, 1))
            unit = found.values / (np.linalg.norm(found.values) + 1e-9) * found.grid.clear
            together[name] = together.get(name, np.zeros_like(unit)) + unit
            if name == "colour" and found.grid.clear >= PLAIN:
                break
    totals = list(together.values())
    if len(totals) > 1:
        totals.append(totals[0] + totals[1])
    said.readings += [_packed(total) for total in totals]


def _found(values: pictures.Field, guess: float | None, anywhere: bool) -> pictures.Reading:
    """What the guessed grid says, or else any grid that is found."""
    grid = pictures.search(values, [guess]) if guess else pictures.Grid(1, 1)
    if grid.clear < SEEN and anywhere:
        grid = pictures.search(values)
    return pictures.read(values, grid) if grid.clear >= pictures.FAINT else pictures.Reading(_NOTHING, grid)


def _turn_of(page: Image.Image) -> float:
    """The turn in degrees at which the light fields stand out, or 0 if none helps."""
    if pictures.tinted(page).std() < pictures.EVEN:
        return 0.0
    turns = {turn: pictures.rough(pictures.tinted(_turned(page, turn))).clear for turn in TURNS}
    best = max(turns, key=lambda turn: turns[turn])
    return best if turns[best] >= SEEN else 0.0


def _turned(page: Image.Image, turn: float) -> Image.Image:
    if not turn:
        return page
    return page.rotate(turn, Image.Resampling.BICUBIC, expand=turn % 90 == 0, fillcolor="white")


def _packed(values: pictures.Field) -> str:
    return base64.b64encode((values / (np.abs(values).max() + 1e-9)).astype(np.float16).tobytes()).decode()
