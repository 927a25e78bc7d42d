"""The reading copy: an original made harmless, with one empty mark that every page draws.

Made once per version, in a child process; delivery then costs the same for every file (see `marking`).
"""

import io
import secrets
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf, Stream

from documents.harmless import make_harmless
from documents.marking import BLANK, FONT_SIZE, LINE_LENGTH, LINE_WIDTH, Slot, Unmarkable, adler

MARGIN = 10.0
STRIP_WIDTH = LINE_WIDTH + 10
STRIP_HEIGHT = 19.0
LEVELS = 2
# The strip keeps its share of an A4 page's width on every page, and never more than a tenth of a page's
# height.
PAGE_WIDTH = STRIP_WIDTH + 2 * MARGIN


@dataclass(frozen=True)
class Prepared:
    """What preparing found and where the mark's slots lie in the target file."""

    pages: int
    slots: list[Slot]


def prepare(source: BinaryIO, target: BinaryIO) -> Prepared:
    """Writes the reading copy of the PDF `source` to `target`, from its start to its end.

    Raises Unmarkable for an encrypted file or one without pages, pikepdf.PdfError for one that cannot be
    read. Streams are copied as they are, never decoded, so that the cost is that of writing the file once.
    """
    with pikepdf.open(source) as pdf:
        if pdf.is_encrypted:
            raise Unmarkable("the file is encrypted")
        pages = list(pdf.pages)
        if not pages:
            raise Unmarkable("the file has no pages")
        make_harmless(pdf)
        sentinels = _sentinel(), _sentinel()
        drawing = _drawing(*sentinels)
        form = _behind(pdf, _form(pdf, drawing))
        name = Name(f"/ReaderMark{secrets.token_hex(4)}")
        for page in pages:
            _draw_on(page, form, name)
        copy = _Noticing(target, drawing, sentinels)
        pdf.save(
            cast(BinaryIO, copy),
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        )
    return Prepared(pages=len(pages), slots=copy.slots())


def _sentinel() -> bytes:
    return secrets.token_hex(LINE_LENGTH).encode()


def _drawing(line1: bytes, line2: bytes) -> bytes:
    """The mark as a content stream: two lines of grey on a white strip, legible on any page."""
    return (
        b"q 1 1 1 rg 0 0 %(width).1f %(height).1f re f 0.32 g BT /F %(size).1f Tf 5 11 Td <%(line1)s> Tj "
        b"0 -7.5 Td <%(line2)s> Tj ET Q"
        % {
            b"width": STRIP_WIDTH,
            b"height": STRIP_HEIGHT,
            b"size": FONT_SIZE,
            b"line1": line1,
            b"line2": line2,
        }
    )


def _form(pdf: Pdf, drawing: bytes) -> Stream:
    """The drawing as a form XObject, in a zlib stream (RFC 1950) of one stored block (RFC 1951, 3.2.4).

    A plain stream would be compressed on saving; this one counts as compressed already and is left alone.
    """
    length = len(drawing).to_bytes(2, "little")
    stored = b"\x78\x01\x01" + length + bytes(255 - byte for byte in length) + drawing + adler(drawing)
    if zlib.decompress(stored) != drawing:
        raise Unmarkable("the mark could not be stored")
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    form = Stream(pdf, stored)
    form.Filter = Name.FlateDecode
    form.Type, form.Subtype, form.FormType = Name.XObject, Name.Form, 1
    form.BBox = Array([0, 0, STRIP_WIDTH, STRIP_HEIGHT])
    form.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
    return form


def _behind(pdf: Pdf, form: Stream) -> Stream:
    """The form inside others, each of which draws the next.

    Objects are written in the order in which they are reached, level by level, so that this one comes behind the
    pages' fonts and pictures: what lies before the mark is the same for every reader and is hashed once.
    """
    for _level in range(LEVELS):
        outer = Stream(pdf, b"/M Do")
        outer.Type, outer.Subtype, outer.FormType = Name.XObject, Name.Form, 1
        outer.BBox = form.BBox
        outer.Resources = pdf.make_indirect(Dictionary(XObject=pdf.make_indirect(Dictionary(M=form))))
        form = outer
    return form


def _draw_on(page: Page, form: Stream, name: Name) -> None:
    page.add_resource(form, Name.XObject, name)
    draw = b"%s Do" % str(name).encode()
    page.contents_add(b"\n", prepend=True)
    page.contents_add(b"\n" + draw)
    before, after = _closing(page, name)
    page.obj.Contents[0].write(before)
    page.obj.Contents[-1].write(b"\n%s q %s cm %s Q\n" % (after, _placement(page), draw))


def _closing(page: Page, name: Name) -> tuple[bytes, bytes]:
    """What to put before and behind a page's own content so that the mark is drawn on a clean slate.

    Content may restore more states than it saved, leave some open, or end inside a text or marked content.
    Raises Unmarkable where drawing `name` behind it is not read as that: a string or picture that never ends
    swallows it.
    """
    depth = lowest = text = marked = drawn = 0
    try:
        operators = pikepdf.parse_content_stream(page, "q Q BT ET BMC BDC EMC Do")
    except pikepdf.PdfError:
        operators = []
    for instruction in operators:
        match str(instruction.operator):
            case "q":
                depth += 1
            case "Q":
                depth -= 1
                lowest = min(lowest, depth)
            case "BT":
                text = 1
            case "ET":
                text = 0
            case "BMC" | "BDC":
                marked += 1
            case "EMC":
                marked = max(0, marked - 1)
            case "Do":
                drawn += list(instruction.operands) == [name]
    if drawn != 1:
        raise Unmarkable("a page's content does not end")
    states = 1 - lowest
    return b"q " * states + b"\n", b"ET " * text + b"EMC " * marked + b"Q " * (states + depth)


def _placement(page: Page) -> bytes:
    """The matrix that puts the strip upright at the bottom of the page as it is seen."""
    left, bottom, right, top = _visible(page)
    turned = page.rotation
    wide, high = (right - left, top - bottom) if turned % 180 == 0 else (top - bottom, right - left)
    scale = min(wide / PAGE_WIDTH, high / 10 / STRIP_HEIGHT)
    # From the left and from below, as seen.
    u, v = (wide - STRIP_WIDTH * scale) / 2, min(MARGIN / 2 * scale, high / 20)
    matrix: tuple[float, ...]
    match turned:
        case 90:
            matrix = (0, scale, -scale, 0, right - v, bottom + u)
        case 180:
            matrix = (-scale, 0, 0, -scale, right - u, top - v)
        case 270:
            matrix = (0, -scale, scale, 0, left + v, top - u)
        case _:
            matrix = (scale, 0, 0, scale, left + u, bottom + v)
    return b" ".join(b"%.4f" % number for number in matrix)


def _visible(page: Page) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of what a reader sees: the crop box inside the media box."""
    media, crop = _box(page.mediabox), _box(page.cropbox)
    seen = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    return seen if seen[0] < seen[2] and seen[1] < seen[3] else media


def _box(corners: Array) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(corner) for corner in corners)
    left, right, bottom, top = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    if left == right or bottom == top:
        raise Unmarkable("a page has no size")
    return left, bottom, right, top


class _Noticing(io.RawIOBase):
    """Passes a file on while it is written; the drawing that comes by is emptied, and its place is remembered.

    Raises Unmarkable where it does not come by exactly once.
    """

    def __init__(self, target: BinaryIO, drawing: bytes, sentinels: tuple[bytes, bytes]) -> None:
        super().__init__()
        self._target = target
        self._drawing = drawing
        self._lines = [drawing.index(sentinel) for sentinel in sentinels]
        emptied = drawing
        for sentinel in sentinels:
            emptied = emptied.replace(sentinel, BLANK)
        self._emptied = emptied + adler(emptied)
        self._held = bytearray()
        self._passed = 0
        self._found: list[int] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._held += data
        while (place := self._held.find(self._drawing)) >= 0 and len(self._held) >= place + len(self._emptied):
            self._found.append(self._passed + place)
            self._held[place : place + len(self._emptied)] = self._emptied
        # What could be the start of a drawing waits for the rest of it.
        self._pass_on(max(0, len(self._held) - len(self._emptied)))
        return len(data)

    def flush(self) -> None:
        self._target.flush()

    def slots(self) -> list[Slot]:
        """Ends the file, and says where the slots are."""
        self._pass_on(len(self._held))
        if len(self._found) != 1:
            raise Unmarkable("the mark is not in the file exactly once")
        offset = self._found[0]
        slots: list[Slot] = [
            {"field": field, "offset": offset + start, "length": len(BLANK)}
            for field, start in zip(("line1", "line2"), self._lines, strict=True)
        ]
        return [*slots, {"field": "drawing", "offset": offset, "length": len(self._emptied)}]

    def _pass_on(self, length: int) -> None:
        self._target.write(self._held[:length])
        del self._held[:length]
        self._passed += length
