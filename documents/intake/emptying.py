"""Passes a file on while it is written, empties its marks on the way, and returns their offsets."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from documents.marks.marking import CHECKSUM, Slot, Unmarkable, adler

BUFFERED = 1024 * 1024


@dataclass(frozen=True)
class Place:
    """A mark to find: its field, the random bytes in its place, and the same number of bytes that mean "empty"."""

    field: str
    filled: bytes
    blank: bytes


class Emptied(io.RawIOBase):
    """A writable file that passes everything to `target` with the marks emptied and the same length.

    Each mark is followed by the Adler-32 checksum of its bytes, which is corrected.
    """

    def __init__(self, target: BinaryIO, places: list[Place]) -> None:
        super().__init__()
        self._target, self._places = target, places
        self._kept = max(len(place.filled) for place in places) + CHECKSUM
        self._buffer = bytearray()
        self._sent = 0
        self._found: list[Slot] = []

    def write(self, data: bytes) -> int:  # type: ignore[override]  # pikepdf writes bytes and nothing else
        self._buffer += data
        if len(self._buffer) >= BUFFERED + self._kept:
            self._empty()
            # Do not pass on the start of a mark before its end has arrived.
            self._send(len(self._buffer) - self._kept)
        return len(data)

    def writable(self) -> bool:
        return True

    def finish(self) -> list[Slot]:
        """Passes on the rest and returns the slots. Raises Unmarkable unless each mark was found exactly once."""
        self._empty()
        self._send(len(self._buffer))
        if sorted(slot["field"] for slot in self._found) != sorted(place.field for place in self._places):
            raise Unmarkable("a mark is not in the file exactly once")
        return self._found

    def _empty(self) -> None:
        for place in self._places:
            start = self._buffer.find(place.filled)
            while 0 <= start <= len(self._buffer) - len(place.filled) - CHECKSUM:
                end = start + len(place.filled)
                self._buffer[start : end + CHECKSUM] = place.blank + adler(place.blank)
                length = len(place.filled) + CHECKSUM
                self._found.append(Slot(field=place.field, offset=self._sent + start, length=length))
                start = self._buffer.find(place.filled, end)

    def _send(self, length: int) -> None:
        self._target.write(bytes(self._buffer[:length]))
        del self._buffer[:length]
        self._sent += length
