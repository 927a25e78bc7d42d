"""The reading copy: a harmless copy of the original, with two empty marks that every page draws.

Made once for each version, in a child process. Marking it then costs the same for every file (see `marking`).
"""

import secrets
import zlib
from dataclasses import dataclass
from typing import BinaryIO, cast

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from documents.intake.emptying import Emptied, Place
from documents.intake.harmless import make_harmless
from documents.intake.pages import Rebuilt, rebuild
from documents.intake.sheets import STRIP_HEIGHT, STRIP_WIDTH, Sheet, strip_on
from documents.marks.marking import BLANK, FONT_SIZE, LINE_LENGTH, Slot, Unmarkable, adler
from documents.marks.second_mark import ABOVE, BENEATH, LENGTH, SIDE, places
from documents.marks.second_mark import BLANK as NO_CELLS

LEVELS = 3


@dataclass(frozen=True)
class Prepared:
    """The number of pages, and the slots of the marks in the target file."""

    pages: int
    slots: list[Slot]


def prepare(source: BinaryIO, target: BinaryIO) -> Prepared:
    """Writes the reading copy of the seekable PDF `source` to `target` sequentially.

    Streams are copied without decoding, so the cost is that of writing the file once. Raises Unmarkable for an
    encrypted file, one without pages or one with a page without a size, and pikepdf.PdfError for one that cannot be read.
    """
    with pikepdf.open(source) as pdf:
        if pdf.is_encrypted:
            raise Unmarkable("the file is encrypted")
        if not len(pdf.pages):
            raise Unmarkable("the file has no pages")
        make_harmless(pdf)
        pages = rebuild(pdf)
        lines = _sentinel(), _sentinel()
        drawing, cells = _drawing(*lines), secrets.token_bytes(LENGTH)
        picture = _picture(pdf, cells)
        forms = _form(pdf, drawing), _tint(pdf, picture, BENEATH), _tint(pdf, picture, ABOVE)
        names = [f"/{prefix}{secrets.token_hex(4)}" for prefix in ("ReaderMark", "X", "X")]
        drawn = dict(zip(names, (_behind(pdf, form) for form in forms), strict=True))
        for page in pages:
            _draw_on(pdf, page, drawn)
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


def _draw_on(pdf: Pdf, made: Rebuilt, drawn: dict[str, Stream]) -> None:
    """Draws one tint beneath and one above the page's own content, then the visible mark, each in its own stream."""
    strip, beneath, above = drawn
    for name, form in drawn.items():
        made.page.Resources.XObject[name] = form
    u, v, scale = strip_on(*made.sheet.seen)
    placed = made.sheet.upright(u, v, scale)
    made.page.Contents = Array(
        [
            Stream(pdf, _tinted(made.sheet, beneath) + made.content),
            Stream(pdf, _tinted(made.sheet, above)),
            # Screen readers skip content that is marked as an artifact.
            Stream(pdf, b"/Artifact BMC q %s cm %s Do Q EMC" % (placed, strip.encode())),
        ]
    )


def _tinted(sheet: Sheet, name: str) -> bytes:
    """Repeats the second mark's image until it covers the visible page."""
    wide, high = sheet.seen
    return b"".join(
        b"q %s cm %s Do Q\n" % (sheet.upright(left, high - top - side, side), name.encode())
        for left, top, side in places(wide, high)
    )
