"""Encrypted streams in the format of Tink's `AES256_GCM_HKDF_1MB`, which Tink reads and whose streams this reads.

A header (its length, 40; a salt; a nonce prefix) is followed by segments of 1 MiB, each sealed with AES-256-GCM under
a key that HKDF-SHA256 (RFC 5869) derives from the stream's key, the salt and the associated data. A segment's nonce
counts it and says whether it is the last, so that none can be swapped, left out or cut off.
Source: https://developers.google.com/tink/wire-format#streaming-aead
"""

import io
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Buffer, Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE = 32
SEGMENT, TAG = 1024 * 1024, 16
SALT, PREFIX = 32, 7
HEADER = 1 + SALT + PREFIX
# What fits into the first segment, which shares its place with the header, and into every other.
FIRST, REST = SEGMENT - HEADER - TAG, SEGMENT - TAG


class Refused(Exception):
    """The bytes are not what was encrypted with this key for this purpose, or not all of it."""


class Ciphertext(Protocol):
    """Stored bytes that can be read at any place."""

    size: int

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fills `buffer` from `offset` on and returns how many bytes there were."""

    def close(self) -> None: ...


def encrypted_size(size: int) -> int:
    """How long the stream of `size` plain bytes is."""
    return HEADER + size + TAG * _segments(size)


def _segments(size: int) -> int:
    return 1 if size <= FIRST else 1 + -(-(size - FIRST) // REST)


def _cipher(key: bytes, salt: bytes, associated: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_SIZE, salt, associated).derive(key))


class Encryptor:
    """Encrypts what is written to it and passes it on to `write`, a segment at a time; `finish` ends the stream.

    Without `finish` what was passed on is no stream, and every reader refuses it.
    """

    def __init__(self, key: bytes, associated: bytes, write: Callable[[bytes], object]) -> None:
        salt, self._prefix = secrets.token_bytes(SALT), secrets.token_bytes(PREFIX)
        self._cipher = _cipher(key, salt, associated)
        self._write = write
        self._segment = 0
        self._waiting = bytearray()
        self._room = FIRST
        write(bytes([HEADER]) + salt + self._prefix)

    def write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while rest:
            # Only when more comes is it known that a full segment is not the last one.
            if len(self._waiting) == self._room:
                self._seal(last=False)
            taken = rest[: self._room - len(self._waiting)]
            self._waiting += taken
            rest = rest[len(taken) :]

    def finish(self) -> None:
        self._seal(last=True)

    def _seal(self, *, last: bool) -> None:
        self._write(self._cipher.encrypt(_nonce(self._prefix, self._segment, last), bytes(self._waiting), None))
        self._segment += 1
        self._waiting.clear()
        self._room = REST


def _nonce(prefix: bytes, segment: int, last: bool) -> bytes:
    return prefix + segment.to_bytes(4, "big") + bytes([last])


class Decryptor(io.RawIOBase):
    """A seekable reader of the plain bytes: each segment is proven before one byte of it is given out.

    The last segment is proven first, so that a stream that was cut off is refused before anything is read. `kept`
    decrypted segments are remembered. It has no `fileno`: a server that was handed one would send the ciphertext.
    Raises Refused, at once or while reading.
    """

    def __init__(self, key: bytes, associated: bytes, stored: Ciphertext, kept: int = 2) -> None:
        super().__init__()
        self._stored = stored
        self._kept: OrderedDict[int, memoryview] = OrderedDict()
        self._most = kept
        header = bytearray(HEADER)
        if stored.read_into(0, memoryview(header)) != HEADER or header[0] != HEADER:
            raise Refused("this is not an encrypted stream")
        self._prefix = bytes(header[1 + SALT :])
        self._cipher = _cipher(key, bytes(header[1 : 1 + SALT]), associated)
        self._segments = max(1, -(-stored.size // SEGMENT))
        self.size = stored.size - HEADER - TAG * self._segments
        if self.size < 0:
            raise Refused("the stream was cut off")
        self._position = 0
        self._plain(self._segments - 1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("there is nothing before the start")
        self._position = start + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """As many bytes as there are up to `size`, never fewer."""
        left = max(0, self.size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        piece = self._here(wanted)
        if len(piece) == wanted:
            self._position += wanted
            return bytes(piece)
        data = bytearray(wanted)
        self.readinto(data)
        return bytes(data)

    def readinto(self, buffer: Buffer, /) -> int:
        view, filled = memoryview(buffer).cast("B"), 0
        while filled < len(view) and (piece := self._here(len(view) - filled)):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
            self._position += len(piece)
        return filled

    def close(self) -> None:
        if not self.closed:
            self._stored.close()
            self._kept.clear()
        super().close()

    def _here(self, most: int) -> memoryview:
        """What lies at the position, up to `most` bytes and the end of its segment."""
        if most <= 0 or self._position >= self.size:
            return memoryview(b"")
        past = self._position - FIRST
        segment, offset = (0, self._position) if past < 0 else (1 + past // REST, past % REST)
        return self._plain(segment)[offset : offset + most]

    def _plain(self, segment: int) -> memoryview:
        """The plain bytes of one segment. Raises Refused."""
        known = self._kept.get(segment)
        if known is not None:
            self._kept.move_to_end(segment)
            return known
        start = segment * SEGMENT if segment else HEADER
        length = min((segment + 1) * SEGMENT, self._stored.size) - start
        sealed = _room()[:length]
        if self._stored.read_into(start, sealed) != length or length < TAG:
            raise Refused("the stream was cut off")
        room = self._kept.popitem(last=False)[1].obj if len(self._kept) >= self._most else bytearray(REST)
        plain = memoryview(room)[: length - TAG]
        try:
            last = segment == self._segments - 1
            self._cipher.decrypt_into(_nonce(self._prefix, segment, last), sealed, None, plain)
        except InvalidTag:
            raise Refused(f"segment {segment} is not what was encrypted") from None
        self._kept[segment] = plain
        return plain


# Where each thread puts the ciphertext of the segment it is about to decrypt: a new megabyte for every reader would
# cost about as long as decrypting it does.
_rooms = threading.local()


def _room() -> memoryview:
    if not hasattr(_rooms, "room"):
        _rooms.room = memoryview(bytearray(SEGMENT))
    room: memoryview = _rooms.room
    return room
