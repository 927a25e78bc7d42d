"""A server that only decrypts a file and sends it: no access check, no log, no mark, no HTTP framework."""

import socket
import sys
from contextlib import suppress
from pathlib import Path

import django

django.setup()

from documents.delivery import CHUNK  # noqa: E402  (Django has to be set up before its models)
from trustcenter.vault.stream import Decryptor, Encryptor  # noqa: E402

# Any 32 bytes are a key.
KEY, ASSOCIATED = bytes(32), b"floor"


class Sealed:
    """Ciphertext in memory, so that no disk is measured."""

    def __init__(self, data: bytes) -> None:
        self._data, self.size = memoryview(data), len(data)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        piece = self._data[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None: ...


def serve(port: int, plain: bytes) -> None:
    """Answers every request with the file, one connection after another, until stopped."""
    sealed = bytearray()
    encryptor = Encryptor(KEY, ASSOCIATED, sealed.extend)
    encryptor.write(plain)
    encryptor.finish()
    stored, room = Sealed(bytes(sealed)), memoryview(bytearray(CHUNK))
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(plain)}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            connection, _address = listening.accept()
            # A client that only checks whether the server answers disconnects early.
            with connection, Decryptor(KEY, ASSOCIATED, stored, kept=1) as source, suppress(ConnectionError):
                connection.recv(CHUNK)
                connection.sendall(head)
                while read := source.readinto(room):
                    connection.sendall(room[:read])


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes())
