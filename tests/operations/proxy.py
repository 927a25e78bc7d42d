"""A proxy on loopback between the site and a server that it needs, which causes the faults of a network."""

import socket
import struct
import threading
from contextlib import suppress
from enum import Enum, auto

CHUNK = 64 * 1024
# Closing with this option sends RST instead of FIN.
RESET = struct.pack("ii", 1, 0)
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Fault(Enum):
    """What happens to connections, old and new."""

    NONE = auto()
    # As when no server runs: connections are broken, and new ones are refused.
    REFUSED = auto()
    # New connections are accepted and broken.
    RESET = auto()
    # Nothing arrives, and nobody is told.
    BLACK_HOLE = auto()
    # Every piece of an answer takes a while.
    SLOW = auto()
    # Answers 503 to everything, as HTTP.
    UNAVAILABLE = auto()
    # Answers end after a few bytes.
    TRUNCATED = auto()


class Proxy:
    """Passes bytes between clients and `target`, a port of this machine or the path of a socket, while there is no fault."""

    def __init__(self, target: int | str, *, delay: float = 0.3, truncated: int = 40) -> None:
        self._target, self._delay, self._truncated = target, delay, truncated
        self._fault = Fault.NONE
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        # How many connections clients have opened.
        self.opened = 0
        self._listen(self._listener)

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        with self._changed:
            self._fault = fault
            self._changed.notify_all()
        if fault in {Fault.REFUSED, Fault.RESET, Fault.UNAVAILABLE, Fault.TRUNCATED}:
            self.break_connections()
        if fault is Fault.REFUSED:
            self._stop_listening()
        elif self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._listen(self._listener)

    def break_connections(self) -> None:
        """Resets every connection."""
        with self._changed:
            broken, self._open = self._open, set()
        for one in broken:
            _reset(one)

    def close(self) -> None:
        self.fault = Fault.NONE
        self._stop_listening()
        self.break_connections()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _stop_listening(self) -> None:
        if self._listener is not None:
            # `close` alone would not wake the thread that waits in `accept`.
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _listen(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _address = listener.accept()
                self.opened += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        match self._fault:
            case Fault.RESET:
                _reset(client)
                return
            case Fault.UNAVAILABLE:
                with client, suppress(OSError):
                    client.recv(CHUNK)
                    client.sendall(UNAVAILABLE)
                return
        try:
            server = self._connect()
        except OSError:
            _reset(client)
            return
        with self._changed:
            self._open |= {client, server}
        threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
        self._pump(server, client, True)

    def _connect(self) -> socket.socket:
        if isinstance(self._target, int):
            return socket.create_connection(("127.0.0.1", self._target))
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        return server

    def _pump(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                with self._changed:
                    self._changed.wait_for(lambda: self._fault is not Fault.BLACK_HOLE)
                    if answers and self._fault is Fault.SLOW:
                        self._changed.wait_for(lambda: self._fault is not Fault.SLOW, self._delay)
                    truncated = answers and self._fault is Fault.TRUNCATED
                target.sendall(data[: self._truncated] if truncated else data)
                if truncated:
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        with self._changed:
            self._open -= {source, target}


def _reset(one: socket.socket) -> None:
    with suppress(OSError):
        if one.family == socket.AF_INET:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        # Wakes the thread that reads from it; `close` would not.
        one.shutdown(socket.SHUT_RD)
    one.close()
