"""Encrypted streams in the format of Tink's `AES256_GCM_HKDF_1MB`; Tink and this module read each other's streams.

A header (its length, 40; a salt; a nonce prefix) comes before segments of 1 MiB. Each segment is encrypted with
AES-256-GCM under a key that HKDF-SHA256 (RFC 5869) derives from the stream's key, the salt and the associated data. The
nonce of a segment holds its number and whether it is the last, so no segment can be swapped, left out or cut off.
Source: https://developers.google.com/tink/wire-format#streaming-aead
"""

import io
import os
import secrets
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
# Plain bytes of the first segment, which shares its 1 MiB with the header, and of every other segment.
FIRST, REST = SEGMENT - HEADER - TAG, SEGMENT - TAG


class Refused(Exception):
    """The bytes were not encrypted with this key for this purpose, or some of them are missing."""


class Ciphertext(Protocol):
    """Stored bytes that can be read from any offset."""

    size: int

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Reads from `offset` into `buffer` and returns the number of bytes read: fewer than asked only at the end."""

    def close(self) -> None: ...


def encrypted_size(size: int) -> int:
    """The length of the encrypted stream of `size` plain bytes."""
    return HEADER + size + TAG * _segments(size)


def _segments(size: int) -> int:
    return 1 if size <= FIRST else 1 + -(-(size - FIRST) // REST)


def _cipher(key: bytes, salt: bytes, associated: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_SIZE, salt, associated).derive(key))


class Encryptor:
    """Encrypts the bytes written to it and passes them to `write`, one segment at a time; `finish` ends the stream.

    Every reader refuses a stream that was not finished.
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
            # A full segment waits: whether it is the last one is known only when more bytes come.
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


# Buffers of one segment that no stream uses now. A new buffer costs page faults that take as long as decrypting into it,
# and a buffer for each thread would stay in memory as long as the thread.
_spare: list[bytearray] = []
SPARE = 8


def _buffer() -> bytearray:
    try:
        return _spare.pop()
    except IndexError:
        return bytearray(SEGMENT)


def _give_back(buffer: bytearray) -> None:
    if len(_spare) < SPARE:
        _spare.append(buffer)


class Decryptor(io.RawIOBase):
    """A seekable reader of the plain bytes, which checks each segment before it gives out a byte of it.

    It checks the last segment when it opens, so a stream that was cut off is refused before anything is read. It keeps
    `kept` decrypted segments. It has no `fileno`: a server that gets one would send the ciphertext. It gives out copies
    and never a view of its buffers, because another stream uses them next. Raises Refused when it opens or reads.
    """

    def __init__(self, key: bytes, associated: bytes, stored: Ciphertext, kept: int = 2) -> None:
        super().__init__()
        self._stored = stored
        # The decrypted segments by number, the one used last at the end: their buffers and lengths.
        self._kept: OrderedDict[int, tuple[bytearray, int]] = OrderedDict()
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
        """The next `size` bytes, and fewer only at the end of the stream."""
        left = max(0, self.size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        pieces = list[bytes]()
        while wanted:
            with self._here(wanted) as piece:
                pieces.append(bytes(piece))
            self._position += len(pieces[-1])
            wanted -= len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readinto(self, buffer: Buffer, /) -> int:
        view, filled = memoryview(buffer).cast("B"), 0
        while filled < len(view):
            with self._here(len(view) - filled) as piece:
                if not piece:
                    break
                view[filled : filled + len(piece)] = piece
                filled += len(piece)
                self._position += len(piece)
        return filled

    def close(self) -> None:
        if not self.closed:
            self._stored.close()
            while self._kept:
                _give_back(self._kept.popitem()[1][0])
        super().close()

    def _here(self, most: int) -> memoryview:
        """The plain bytes at the position, up to `most` bytes and the end of the segment."""
        if most <= 0 or self._position >= self.size:
            return memoryview(b"")
        past = self._position - FIRST
        segment, offset = (0, self._position) if past < 0 else (1 + past // REST, past % REST)
        buffer, length = self._plain(segment)
        return memoryview(buffer)[offset : min(offset + most, length)]

    def _plain(self, segment: int) -> tuple[bytearray, int]:
        """The buffer with the plain bytes of one segment, and their number. Raises Refused."""
        known = self._kept.get(segment)
        if known is not None:
            self._kept.move_to_end(segment)
            return known
        buffer = self._kept.popitem(last=False)[1][0] if len(self._kept) >= self._most else _buffer()
        sealed = _buffer()
        try:
            length = self._decrypt(segment, memoryview(sealed), memoryview(buffer))
        except BaseException:
            _give_back(buffer)
            raise
        finally:
            _give_back(sealed)
        self._kept[segment] = buffer, length
        return buffer, length

    def _decrypt(self, segment: int, sealed: memoryview, plain: memoryview) -> int:
        """Reads one segment into `sealed` and decrypts it into `plain`; the number of plain bytes. Raises Refused."""
        start = segment * SEGMENT if segment else HEADER
        length = min((segment + 1) * SEGMENT, self._stored.size) - start
        if self._stored.read_into(start, sealed[:length]) != length or length < TAG:
            raise Refused("the stream was cut off")
        nonce = _nonce(self._prefix, segment, last=segment == self._segments - 1)
        try:
            return self._cipher.decrypt_into(nonce, sealed[:length], None, plain[: length - TAG])
        except InvalidTag:
            raise Refused(f"segment {segment} is not what was encrypted") from None
