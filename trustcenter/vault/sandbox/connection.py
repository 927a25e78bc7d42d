"""The parent's end of the socket to a child."""

import socket
import struct
import time
from contextlib import suppress
from typing import BinaryIO, Protocol, Self

from trustcenter.vault.sandbox.failures import Broken, TooLarge, Unavailable

# The longest message of the child, in bytes. It asks again for more.
MAX_MESSAGE = 1024 * 1024
# A message begins with its kind and length; a request to read holds an offset and a length.
HEADER, RANGE = struct.Struct(">cI"), struct.Struct(">QI")


class Target(Protocol):
    def write(self, data: bytes, /) -> object: ...


class Connection:
    """Serves a child. Checks the form of every message, because the child may be taken over.

    Nothing of the file is sent before the child has said that it is confined.
    """

    def __init__(self, end: socket.socket, name: str, *, seconds: float, most: int) -> None:
        """`end` is the socket, `name` the job's; it may take `seconds` and write at most `most` bytes."""
        self._socket, self._name, self._most = end, name, most
        self._deadline = time.monotonic() + seconds
        self._written = 0
        self.is_confined = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def serve(self, source: BinaryIO, target: Target | None) -> bytes | None:
        """Sends and receives bytes until the child answers; None if it ends without an answer.

        Raises Unavailable if the child cannot be confined.
        """
        while header := self._receive(HEADER.size):
            kind, length = HEADER.unpack(header)
            if length > MAX_MESSAGE:
                raise Broken(f"{self._name} sent a message that is too long")
            message = self._receive(length)
            if message is None:
                return None
            if not self.is_confined:
                if kind != b"S":
                    raise Unavailable(message.decode(errors="replace"))
                self.is_confined = True
                continue
            match kind:
                case b"R" if length == RANGE.size:
                    self._send_bytes(source, *RANGE.unpack(message))
                case b"W" if target is not None:
                    self._write_bytes(target, message)
                case b"A":
                    return message
                case _:
                    raise Broken(f"{self._name} sent a message that nobody understands")
        return None

    def _send_bytes(self, source: BinaryIO, offset: int, length: int) -> None:
        source.seek(offset)
        data = source.read(min(length, MAX_MESSAGE))
        self._set_timeout()
        with suppress(BrokenPipeError):
            self._socket.sendall(struct.pack(">I", len(data)) + data)

    def _write_bytes(self, target: Target, data: bytes) -> None:
        self._written += len(data)
        if self._written > self._most:
            raise TooLarge(f"{self._name} wrote more than {self._most} bytes")
        target.write(data)

    def _receive(self, length: int) -> bytes | None:
        """Exactly so many bytes, or None if the child is gone."""
        parts = bytearray()
        while len(parts) < length:
            self._set_timeout()
            try:
                data = self._socket.recv(length - len(parts))
            except ConnectionResetError:
                return None
            if not data:
                return None
            parts += data
        return bytes(parts)

    def _set_timeout(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
