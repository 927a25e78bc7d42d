"""Sends one message to a channel: to an address that was checked, over TLS, without following redirects."""

import http.client
import json
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any

from ndaflow.chat import addresses
from ndaflow.chat.addresses import Forbidden

# For each connection, handshake and read. A receiver that answers byte by byte is never silent for so long, and would
# hold its lane for ever: so there is a limit for all of it, too.
SECONDS, IN_ALL = 10, 20
# What the receiver answers says little, and is not kept.
LONGEST_ANSWER = 1024


class Rejected(Exception):
    """The receiver answered that it will never take this message."""


class Later(Exception):
    """The receiver answered that it may take this message later."""


def post(address: str, body: dict[str, Any]) -> None:
    """Posts `body` as JSON. Raises Forbidden or Rejected if it can never arrive, Later or OSError if it may later."""
    parts = addresses.parsed(address)
    assert parts.hostname is not None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    ips = addresses.resolved(parts.hostname, port)
    connection = _Pinned(parts.hostname, port, ips[0], over_tls=parts.scheme == "https")
    over = threading.Timer(IN_ALL, connection.hang_up)
    over.start()
    try:
        path = parts.path or "/"
        connection.request(
            "POST",
            f"{path}?{parts.query}" if parts.query else path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "User-Agent": "trustcenter"},
        )
        answer = connection.getresponse()
        answer.read(LONGEST_ANSWER)
    except http.client.HTTPException as error:
        raise Later(f"{type(error).__name__}: {error}") from error
    finally:
        over.cancel()
        connection.close()
    if connection.was_hung_up:
        raise Later(f"it took longer than {IN_ALL} seconds to answer")
    _judge(answer.status)


def _judge(status: int) -> None:
    match status:
        case _ if 200 <= status < 300:
            return
        case _ if 300 <= status < 400:
            raise Rejected(f"it answered {status} and named another address, which is not followed")
        case 408 | 425 | 429:
            raise Later(f"it answered {status}")
        case _ if status < 500:
            raise Rejected(f"it answered {status}")
        case _:
            raise Later(f"it answered {status}")


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was resolved and checked before; the certificate is for the name."""

    def __init__(self, host: str, port: int, ip: str, *, over_tls: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._ip, self._over_tls, self.was_hung_up = ip, over_tls, False

    def connect(self) -> None:
        self.sock = socket.create_connection((self._ip, self.port), timeout=SECONDS)
        if self._over_tls:
            context = ssl.create_default_context()
            # Kept before the handshake, so that `hang_up` ends that too.
            self.sock = wrapped = context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            wrapped.do_handshake()

    def hang_up(self) -> None:
        """Ends what another thread waits for on this connection."""
        self.was_hung_up = True
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


__all__ = ["Forbidden", "Later", "Rejected", "post"]
