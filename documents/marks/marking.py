"""The reader's mark, written into a reading copy while it is streamed.

A reading copy holds its marks once, in forms that every page draws, stored without compression (see `reading_copy`).
Four slots give their places: `line1` and `line2`, hexadecimal digits of a fixed length; `drawing`, the form around
them; and `cells`, the second mark's picture (see `second_mark`). The last two are followed by zlib's Adler-32 checksum
(RFC 1950). Marking replaces bytes with the same number of bytes.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, TypedDict

# Characters for each line. A character is two hexadecimal digits in the file.
LINE_LENGTH = 160
LINE_WIDTH = 535.0
FONT_SIZE = 6.5
LINES = "line1", "line2"
BLANK = b"20" * LINE_LENGTH
CHECKSUM = 4
CHUNK = 1024 * 1024
ELLIPSIS = "…"
# A line of the mark as the file has it, and what comes before the copy code on the second one.
_LINE = re.compile(rb"<([0-9A-Fa-f]{%d})>" % len(BLANK))
_CODE = re.compile("UTC \u00b7 copy ([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}) ")

# Helvetica's widths from space to tilde in thousandths of the font size (Adobe's AFM of the base 14).
_WIDTHS = """
    278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556
    556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778
    667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556
    556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584
"""
WIDTHS = {chr(32 + place): int(width) for place, width in enumerate(_WIDTHS.split())}
# Wider than every other letter that can be printed, so that a line never leaves its strip.
WIDEST_LETTER = 1000

# Letters that Unicode does not decompose, and two alphabets that can be written in Latin letters.
LATIN = {
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ı": "i", "ŋ": "n",
    "Ŋ": "N", "ĸ": "k", "ſ": "s", "ə": "e", "Ə": "E", "ẞ": "SS", "‐": "-", "‑": "-", "−": "-",
}  # fmt: skip
CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i",
    "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "",
    "э": "e", "ю": "iu", "я": "ia", "є": "ie", "і": "i", "ї": "i", "ґ": "g", "ђ": "dj", "ј": "j", "љ": "lj",
    "њ": "nj", "ћ": "c", "џ": "dz", "ў": "u",
}  # fmt: skip
GREEK = {
    "α": "a", "β": "b", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k",
    "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t",
    "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
TRANSLITERATIONS = LATIN | {
    form: latin
    for letter, plain in (CYRILLIC | GREEK).items()
    for form, latin in ((letter, plain), (letter.upper(), plain.capitalize()))
}


class Slot(TypedDict):
    offset: int
    length: int
    field: str


class Unmarkable(Exception):
    """The bytes are not a reading copy with empty marks, so no mark can be written."""


@dataclass(frozen=True)
class Mark:
    """Whom a copy is for. `at` is an aware instant; `note` is a request to the reader.

    `cells` is the second mark's picture, made by `second_mark.picture` from the delivery's bits.
    """

    email: str
    company: str
    at: datetime
    code: str
    cells: bytes
    note: str = "For the named reader only, please do not pass on"

    @property
    def lines(self) -> tuple[str, str]:
        """The two lines as printed. The domain, the copy code and the time are never shortened; the rest may be.

        Raises Unmarkable if the domain is longer than the line. `accounts.addresses` takes no such domain.
        """
        note = plain(self.note)
        second = plain(f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC \u00b7 copy {self.code}")
        note = shortened(note, LINE_LENGTH - len(second) - 3, LINE_WIDTH - width(second) - width(" \u00b7 "))
        return self._first_line(), f"{second} \u00b7 {note}" if note else second

    def _first_line(self) -> str:
        """Whom it is for, without the company where only the address has room."""
        first, company = "Prepared for ", shortened(plain(self.company), LINE_LENGTH // 3, LINE_WIDTH / 2.5)
        for last in (f" \u00b7 {company}", "") if company else ("",):
            taken = first + last
            room = LINE_LENGTH - len(taken), LINE_WIDTH - width(taken)
            if email := shortened_address(plain(self.email), *room):
                return first + email + last
        raise Unmarkable("the domain of the reader's address is longer than the line")


def code_in(stream: bytes | memoryview) -> str:
    """The copy code that `patched` wrote into this stream, or "" if it is not a filled mark."""
    for line in _LINE.finditer(stream):
        if code := _CODE.search(bytes.fromhex(line[1].decode()).decode("cp1252", "replace")):
            return code[1]
    return ""


def patched(reader: BinaryIO, size: int, slots: list[Slot], mark: Mark, chunk: int = CHUNK) -> Iterator[bytes]:
    """The reading copy with `mark` in it: the same number of bytes, in chunks of at most `chunk`.

    `reader` is seekable and holds `size` bytes. Raises Unmarkable before the first chunk, as `empty_marks` does, and
    at the end of a file that is shorter than `size`.
    """
    return empty_marks(reader, size, slots).filled(reader, mark, chunk)


@dataclass(frozen=True)
class EmptyMarks:
    """The empty marks of a reading copy of `size` bytes: their slots by name, and the form around the two lines."""

    size: int
    slots: dict[str, Slot]
    drawing: bytes

    def filled(self, reader: BinaryIO, mark: Mark, chunk: int = CHUNK) -> Iterator[bytes]:
        """As `patched`. Reads nothing before the first chunk is requested."""
        return _overlaid(reader, self.size, self.patches(mark), chunk)

    def patches(self, mark: Mark) -> list[tuple[int, bytes]]:
        """What `mark` changes in the file: offsets, and the bytes from there on."""
        return [self._drawing_of(mark), self._cells_of(mark)]

    def _drawing_of(self, mark: Mark) -> tuple[int, bytes]:
        """The offset of the drawing, and its new bytes with their checksum."""
        offset, drawing = self.slots["drawing"]["offset"], bytearray(self.drawing)
        for field, line in zip(LINES, mark.lines, strict=True):
            start = self.slots[field]["offset"] - offset
            drawing[start : start + len(BLANK)] = line.encode("cp1252").ljust(LINE_LENGTH).hex().encode()
        return offset, bytes(drawing) + adler(drawing)

    def _cells_of(self, mark: Mark) -> tuple[int, bytes]:
        """The offset of the second mark's picture, and its new bytes with their checksum."""
        slot = self.slots["cells"]
        if len(mark.cells) + CHECKSUM != slot["length"]:
            raise Unmarkable("the second mark does not have the size of its place")
        return slot["offset"], mark.cells + adler(mark.cells)


def empty_marks(reader: BinaryIO, size: int, slots: list[Slot]) -> EmptyMarks:
    """The marks of a reading copy. Raises Unmarkable unless all of them are present and empty."""
    place = {slot["field"]: slot for slot in slots}
    if set(place) != {*LINES, "drawing", "cells"}:
        raise Unmarkable("the reading copy has no place for both marks")
    drawing, cells = (_found(reader, size, place[field]) for field in ("drawing", "cells"))
    for field in LINES:
        start = place[field]["offset"] - place["drawing"]["offset"]
        if start < 0 or place[field]["length"] != len(BLANK) or drawing[start : start + len(BLANK)] != BLANK:
            raise Unmarkable("the place for the mark is not empty")
    if cells != b"\xff" * len(cells):
        raise Unmarkable("the place for the second mark is not empty")
    return EmptyMarks(size, place, drawing)


def _overlaid(reader: BinaryIO, size: int, patches: list[tuple[int, bytes]], chunk: int) -> Iterator[bytes]:
    reader.seek(0)
    position = 0
    while position < size:
        data = reader.read(min(chunk, size - position))
        if not data:
            raise Unmarkable("the file ended early")
        for offset, patch in patches:
            start, end = max(offset, position), min(offset + len(patch), position + len(data))
            if start < end:
                data = data[: start - position] + patch[start - offset : end - offset] + data[end - position :]
        yield data
        position += len(data)


def _found(reader: BinaryIO, size: int, slot: Slot) -> bytes:
    """The bytes of the slot without their checksum. Raises Unmarkable if the checksum is wrong.

    A mark written anywhere else would damage a page and leave it unmarked.
    """
    offset, length = slot["offset"], slot["length"]
    if offset < 0 or length <= CHECKSUM or offset + length > size:
        raise Unmarkable("the place for the mark lies outside the file")
    reader.seek(offset)
    found = _exactly(reader, length)
    if found[-CHECKSUM:] != adler(found[:-CHECKSUM]):
        raise Unmarkable("the place for the mark holds something else")
    return found[:-CHECKSUM]


def adler(data: bytes | bytearray) -> bytes:
    return zlib.adler32(data).to_bytes(CHECKSUM, "big")


def _exactly(reader: BinaryIO, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length and (data := reader.read(length - len(parts))):
        parts += data
    if len(parts) != length:
        raise Unmarkable("the file ended early")
    return bytes(parts)


def plain(text: str) -> str:
    """`text` as one line in the letters of the mark's font (Windows-1252), with `?` for missing letters."""
    if text.isprintable() and _has(text):
        return " ".join(text.split())
    return " ".join("".join(_plain_letter(letter) for letter in unicodedata.normalize("NFC", text)).split())


def _plain_letter(letter: str) -> str:
    if letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf"):
        return " " if letter.isspace() else ""
    if _has(letter):
        return letter
    if letter in TRANSLITERATIONS:
        return TRANSLITERATIONS[letter]
    bare = [part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)]
    return "".join(part if _has(part) else TRANSLITERATIONS.get(part, "?") for part in bare)


def _has(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def width(text: str) -> float:
    """The width of `text` in points, in the mark's font and size."""
    return sum(WIDTHS.get(letter, WIDEST_LETTER) for letter in text) * FONT_SIZE / 1000


def shortened(text: str, length: int, points: float) -> str:
    """`text`, with its middle left out if it is longer than `length` characters or wider than `points`."""
    kept = len(text)
    short = text
    while kept > 0 and (len(short) > length or width(short) > points):
        kept -= 1
        short = text[: (kept + 1) // 2] + ELLIPSIS + text[len(text) - kept // 2 :]
    return short if kept > 0 else ""


def shortened_address(address: str, length: int, points: float) -> str:
    """`address`, with the middle of what is before the @ left out as in `shortened`, and the domain as it is.

    A part of a domain is another domain: `…rust.example` may be anybody's. "" if it does not fit.
    """
    at = address.rfind("@")
    local, domain = (address[:at], address[at:]) if at >= 0 else (address, "")
    local = shortened(local, length - len(domain), points - width(domain))
    return local + domain if local else ""
