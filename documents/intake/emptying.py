"""Writes a file onwards while it is being made, empties the marks on their way past, and says where they lie."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from documents.marks.marking import CHECKSUM, Slot, Unmarkable, adler

BUFFERED = 1024 * 1024


@dataclass(frozen=True)
class Place:
    """A mark to look for: its field, the random bytes that stand there, and as many that mean nothing is marked."""

    field: str
    filled: bytes
    blank: bytes


class Emptied(io.RawIOBase):
    """A file to write to, in order and once; `target` gets the same number of bytes, its marks emptied.

    Behind each mark stands the Adler-32 checksum of its bytes, which is put right.
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
            # A mark that has only begun to arrive must not leave without its end.
            self._send(len(self._buffer) - self._kept)
        return len(data)

    def writable(self) -> bool:
        return True

    def finish(self) -> list[Slot]:
        """Sends the rest; where the marks lie. Raises Unmarkable unless each was there exactly once."""
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
