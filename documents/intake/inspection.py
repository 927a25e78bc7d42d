"""Inspects an uploaded PDF before anything else opens it. Runs in a sandboxed child, without Django."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from documents.intake.flaws import MAGIC, MAX_PAGES, Flaw
from documents.marks.marking import code_in

MAX_OBJECTS = 500_000
MAX_PIXELS = 64_000_000
MAX_UNPACKED = 4 * 1024**3
# A complete file has its end marker within this many bytes (ISO 32000-2, 7.5.5; readers look this far back).
TAIL = 2048
# A mark is a stream of its own, of less than a kilobyte. A program that rewrites it may add something.
MARK_WITHIN = 64 * 1024


@dataclass(frozen=True)
class Findings:
    """The result of an inspection: a flaw, or the number of pages and whether the file is signed.

    `code` is the copy code of a file that was downloaded here.
    """

    flaw: Flaw | None = None
    pages: int = 0
    signed: bool = False
    code: str = ""


class _Flawed(Exception):
    def __init__(self, flaw: Flaw, code: str = "") -> None:
        self.flaw, self.code = flaw, code


def inspect(source: BinaryIO) -> Findings:
    """Inspects the PDF in `source`. Decompresses every stream once, so the caller has to limit memory and CPU."""
    try:
        _must_be_whole(source)
        # No recovery: a repaired file is a guess, and readers must get what the author wrote.
        with pikepdf.open(source, attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise _Flawed(Flaw.ENCRYPTED)
            if len(pdf.objects) > MAX_OBJECTS:
                raise _Flawed(Flaw.TOO_MANY_OBJECTS)
            pages = _pages(pdf)
            _must_unpack_within_reason(pdf)
            return Findings(pages=pages, signed=_is_signed(pdf))
    except _Flawed as flawed:
        return Findings(flaw=flawed.flaw, code=flawed.code)
    except pikepdf.PasswordError:
        return Findings(flaw=Flaw.ENCRYPTED)
    except pikepdf.PdfError as error:
        return Findings(flaw=_flaw_of(error))


def _must_be_whole(source: BinaryIO) -> None:
    source.seek(0)
    if source.read(len(MAGIC)) != MAGIC:
        raise _Flawed(Flaw.NOT_PDF)
    source.seek(max(0, source.seek(0, io.SEEK_END) - TAIL))
    tail = source.read(TAIL)
    source.seek(0)
    if b"startxref" not in tail or b"%%EOF" not in tail:
        raise _Flawed(Flaw.BROKEN)


def _pages(pdf: Pdf) -> int:
    if len(pdf.pages) == 0:
        raise _Flawed(Flaw.NO_PAGES)
    if len(pdf.pages) > MAX_PAGES:
        raise _Flawed(Flaw.TOO_MANY_PAGES)
    return len(pdf.pages)


def _must_unpack_within_reason(pdf: Pdf) -> None:
    """Decompresses one stream at a time, counts the pixels of images, and looks for the mark of a delivered copy."""
    unpacked = 0
    for stream in pdf.objects:
        if not isinstance(stream, Stream):
            continue
        if stream.get(Name.Subtype) == Name.Image and _pixels(stream) > MAX_PIXELS:
            raise _Flawed(Flaw.TOO_MANY_PIXELS)
        try:
            data = memoryview(stream.get_stream_buffer(pikepdf.StreamDecodeLevel.generalized))
        except pikepdf.DataDecodingError as error:
            raise _Flawed(_flaw_of(error)) from None
        except pikepdf.PdfError:
            # JPEG and fax data need an image decoder: they are not decompressed here, and are not a flaw.
            continue
        unpacked += len(data)
        if code := code_in(data[:MARK_WITHIN]):
            raise _Flawed(Flaw.READERS_COPY, code)
        if unpacked > MAX_UNPACKED:
            raise _Flawed(Flaw.UNPACKS_TOO_FAR)


def _flaw_of(error: pikepdf.PdfError) -> Flaw:
    """The flaw behind qpdf's error, which tells its limits and missing pages from damage only in its text."""
    words = str(error)
    if "limit exceeded" in words:
        return Flaw.UNPACKS_TOO_FAR
    return Flaw.NO_PAGES if "no pages found" in words else Flaw.BROKEN


def _pixels(image: Stream) -> int:
    try:
        return int(image.get(Name.Width, 0)) * int(image.get(Name.Height, 0))
    except (TypeError, ValueError):
        raise _Flawed(Flaw.BROKEN) from None


def _is_signed(pdf: Pdf) -> bool:
    """Whether the file has a digital signature, that is a field with a byte range."""
    form = pdf.Root.get(Name.AcroForm)
    if Name.Perms in pdf.Root:
        return True
    return isinstance(form, Dictionary) and any(_signs(field) for field in _fields(form))


def _fields(form: Dictionary) -> Iterator[Dictionary]:
    waiting, seen = [form.get(Name.Fields)], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array):
            waiting += list(node)
        elif isinstance(node, Dictionary) and node.objgen not in seen:
            if node.is_indirect:
                seen.add(node.objgen)
            yield node
            waiting.append(node.get(Name.Kids))


def _signs(field: Dictionary) -> bool:
    value = field.get(Name.V)
    return isinstance(value, Dictionary) and Name.ByteRange in value
