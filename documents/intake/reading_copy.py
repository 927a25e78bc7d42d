"""The reading copy: a harmless copy of the original, with two empty marks that every page draws.

Made once for each version, in a child process. Marking it then costs the same for every file (see `marking`).
"""

import secrets
import zlib
from dataclasses import dataclass
from typing import BinaryIO, cast

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf, Stream

from documents.intake.emptying import Emptied, Place
from documents.intake.harmless import make_harmless
from documents.marks.marking import BLANK, FONT_SIZE, LINE_LENGTH, LINE_WIDTH, Slot, Unmarkable, adler
from documents.marks.second_mark import ABOVE, BENEATH, LENGTH, SIDE, places
from documents.marks.second_mark import BLANK as NO_CELLS

MARGIN = 10.0
STRIP_WIDTH = LINE_WIDTH + 10
STRIP_HEIGHT = 19.0
LEVELS = 2
# On every page the strip takes the same share of the width as on A4, and at most a tenth of the height.
PAGE_WIDTH = STRIP_WIDTH + 2 * MARGIN


@dataclass(frozen=True)
class Prepared:
    """The number of pages, and the slots of the marks in the target file."""

    pages: int
    slots: list[Slot]


def prepare(source: BinaryIO, target: BinaryIO) -> Prepared:
    """Writes the reading copy of the PDF `source`, which is seekable, to `target`, front to back.

    Streams are copied without decoding, so the cost is that of writing the file once. Raises Unmarkable for an
    encrypted file or one without pages, and pikepdf.PdfError for one that cannot be read.
    """
    with pikepdf.open(source) as pdf:
        if pdf.is_encrypted:
            raise Unmarkable("the file is encrypted")
        pages = list(pdf.pages)
        if not pages:
            raise Unmarkable("the file has no pages")
        make_harmless(pdf)
        lines = _sentinel(), _sentinel()
        drawing, cells = _drawing(*lines), secrets.token_bytes(LENGTH)
        picture = _picture(pdf, cells)
        forms = _form(pdf, drawing), _tint(pdf, picture, BENEATH), _tint(pdf, picture, ABOVE)
        names = [Name(f"/{prefix}{secrets.token_hex(4)}") for prefix in ("ReaderMark", "X", "X")]
        drawn = dict(zip(names, (_behind(pdf, form) for form in forms), strict=True))
        for page in pages:
            _draw_on(page, drawn)
        emptied = Emptied(target, [Place("drawing", drawing, _drawing(BLANK, BLANK)), Place("cells", cells, NO_CELLS)])
        pdf.save(
            cast(BinaryIO, emptied),
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        )
    slots = emptied.finish()
    start = next(slot["offset"] for slot in slots if slot["field"] == "drawing")
    slots += [
        Slot(field=f"line{number}", offset=start + drawing.index(line), length=len(line))
        for number, line in enumerate(lines, 1)
    ]
    return Prepared(pages=len(pages), slots=slots)


def _sentinel() -> bytes:
    return secrets.token_hex(LINE_LENGTH).encode()


def _drawing(line1: bytes, line2: bytes) -> bytes:
    """The visible mark as a content stream: two grey lines on a white strip."""
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


def _stored(pdf: Pdf, data: bytes) -> Stream:
    """A zlib stream (RFC 1950) of one stored block (RFC 1951, 3.2.4).

    A plain stream would be compressed on saving; this one already counts as compressed and is left as it is.
    """
    length = len(data).to_bytes(2, "little")
    stored = b"\x78\x01\x01" + length + bytes(255 - byte for byte in length) + data + adler(data)
    if zlib.decompress(stored) != data:
        raise Unmarkable("the mark could not be stored")
    stream = Stream(pdf, stored)
    stream.Filter, stream.Type = Name.FlateDecode, Name.XObject
    return stream


def _form(pdf: Pdf, drawing: bytes) -> Stream:
    """The drawing as a form XObject."""
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    form = _stored(pdf, drawing)
    form.Subtype, form.FormType = Name.Form, 1
    form.BBox = Array([0, 0, STRIP_WIDTH, STRIP_HEIGHT])
    form.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
    return form


def _picture(pdf: Pdf, cells: bytes) -> Stream:
    """The second mark's cells as an image mask."""
    picture = _stored(pdf, cells)
    picture.Subtype, picture.ImageMask, picture.BitsPerComponent = Name.Image, True, 1
    picture.Width = picture.Height = SIDE
    return picture


def _tint(pdf: Pdf, picture: Stream, share: float) -> Stream:
    """A form XObject of one by one unit that takes this share of blue where a cell of the picture is set."""
    form = Stream(pdf, b"/G gs 1 1 %.4f rg /I Do" % (1 - share))
    form.Type, form.Subtype, form.FormType = Name.XObject, Name.Form, 1
    form.BBox = Array([0, 0, 1, 1])
    # Multiplying darkens a scan by the same share as white paper and leaves black unchanged.
    state = Dictionary(Type=Name.ExtGState, BM=Name.Multiply)
    form.Resources = Dictionary(XObject=Dictionary(I=picture), ExtGState=Dictionary(G=pdf.make_indirect(state)))
    return form


def _behind(pdf: Pdf, form: Stream) -> Stream:
    """The form nested in others, each of which draws the next.

    Objects are written level by level, so this one comes after the fonts and pictures of the pages. Everything before
    the mark is the same for every reader and is hashed once.
    """
    for _level in range(LEVELS):
        outer = Stream(pdf, b"/M Do")
        outer.Type, outer.Subtype, outer.FormType = Name.XObject, Name.Form, 1
        outer.BBox = form.BBox
        outer.Resources = pdf.make_indirect(Dictionary(XObject=pdf.make_indirect(Dictionary(M=form))))
        form = outer
    return form


def _draw_on(page: Page, drawn: dict[Name, Stream]) -> None:
    """Draws one tint beneath and one above the page's own content, then the visible mark, each in its own stream."""
    strip, beneath, above = drawn
    for name, form in drawn.items():
        page.add_resource(form, Name.XObject, name)
    page.contents_add(b"\n", prepend=True)
    page.contents_add(b"\n")
    page.contents_add(b"\n%s Do" % str(strip).encode())
    before, after = _closing(page, strip)
    page.obj.Contents[0].write(_tinted(page, beneath) + before)
    page.obj.Contents[-2].write(b"\n%s %s" % (after, _tinted(page, above)))
    page.obj.Contents[-1].write(b"\nq %s cm %s Do Q\n" % (_placement(page), str(strip).encode()))


def _closing(page: Page, name: Name) -> tuple[bytes, bytes]:
    """What to put before and after a page's own content, so that the mark is drawn in a clean graphics state.

    Content may restore more states than it saved, leave states open, or end inside a text or marked content. Raises
    Unmarkable if drawing `name` after it would not be parsed as such, because a string or picture never ends.
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
    """The matrix that puts the strip upright at the bottom of the visible page."""
    wide, high = _seen_size(page)
    scale = min(wide / PAGE_WIDTH, high / 10 / STRIP_HEIGHT)
    # From the left and from below, as seen.
    return _upright(page, (wide - STRIP_WIDTH * scale) / 2, min(MARGIN / 2 * scale, high / 20), scale)


def _tinted(page: Page, name: Name) -> bytes:
    """Draws the second mark's picture as often as it takes to cover the visible page."""
    wide, high = _seen_size(page)
    return b"".join(
        b"q %s cm %s Do Q\n" % (_upright(page, left, high - top - side, side), str(name).encode())
        for left, top, side in places(wide, high)
    )


def _seen_size(page: Page) -> tuple[float, float]:
    """Width and height of the page as a reader sees it."""
    left, bottom, right, top = _visible(page)
    return (right - left, top - bottom) if page.rotation % 180 == 0 else (top - bottom, right - left)


def _upright(page: Page, u: float, v: float, scale: float) -> bytes:
    """The matrix that moves a drawing from the origin to `u` from the left and `v` from the bottom, as seen."""
    left, bottom, right, top = _visible(page)
    matrix: tuple[float, ...]
    match page.rotation:
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
    """Left, bottom, right and top of the visible page: the crop box within the media box."""
    media, crop = _box(page.mediabox), _box(page.cropbox)
    seen = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    return seen if seen[0] < seen[2] and seen[1] < seen[3] else media


def _box(corners: Array) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(corner) for corner in corners)
    left, right, bottom, top = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    if left == right or bottom == top:
        raise Unmarkable("a page has no size")
    return left, bottom, right, top
