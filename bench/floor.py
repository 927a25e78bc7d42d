"""What no product could do without: a server that decrypts a file and sends it, and knows no door, log, mark or HTTP."""

import socket
import sys
from contextlib import suppress
from pathlib import Path

import django

django.setup()

from trustcenter.vault.stream import Decryptor, Encryptor  # noqa: E402  (its package has models)

# What the vault's stream is sealed with here; any 32 bytes will do.
KEY, ASSOCIATED = bytes(32), b"floor"
PIECE = 128 * 1024


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
    """Answers whatever it is asked, one connection after the other, until it is ended."""
    sealed = bytearray()
    encryptor = Encryptor(KEY, ASSOCIATED, sealed.extend)
    encryptor.write(plain)
    encryptor.finish()
    stored, room = Sealed(bytes(sealed)), memoryview(bytearray(PIECE))
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(plain)}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            connection, _address = listening.accept()
            # Whoever goes away before the end was only looking whether it answers.
            with connection, Decryptor(KEY, ASSOCIATED, stored, kept=1) as source, suppress(ConnectionError):
                connection.recv(PIECE)
                connection.sendall(head)
                while read := source.readinto(room):
                    connection.sendall(room[:read])


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes())
