"""Runs one of our own functions on a file that we do not trust, in a child process with limits.

The child gets no file and no key. Through a socket it asks for the bytes that it reads and sends the bytes that it
writes, so no plain byte of the file reaches a disk, and code that takes over the child finds nothing else to read. It
answers with JSON. It limits itself before it reads anything; the parent limits the time and ends the process group.
"""

import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from trustcenter.work.processes import die_with_parent

CHILD = Path(__file__).with_name("child.py")
MIB = 1024 * 1024
# The longest message of the child, in bytes. It asks again for more.
MAX_MESSAGE = MIB
# A message begins with its kind and length; a request to read holds an offset and a length.
HEADER, RANGE = struct.Struct(">cI"), struct.Struct(">QI")


@dataclass(frozen=True)
class Limits:
    """What a child may use: bytes of memory, seconds of CPU, bytes written, seconds of elapsed time."""

    memory: int = 2048 * MIB
    cpu: int = 60
    file: int = 1024 * MIB
    # Two children, one after the other, end well before the worker stops a task (80 % of its lease).
    clock: float = 90.0
    # Bytes that one stream of a PDF may unpack to.
    stream: int = 256 * MIB


class Killed(Exception):
    """Another process ended the child. That says nothing about the file: try again."""


class SandboxError(Exception):
    """The function did not return an answer."""


class TooSlow(SandboxError):
    """The child used up its CPU time or its elapsed time."""


class TooLarge(SandboxError):
    """The child asked for more memory, or wrote more bytes, than its limits allow."""


class Broken(SandboxError):
    """The function raised an error, or the child crashed."""


class Target(Protocol):
    def write(self, data: bytes, /) -> object: ...


def run(
    name: str, source: BinaryIO, target: Target | None = None, *arguments: str | int, limits: Limits | None = None
) -> Any:
    """Calls a function in the child with `source`, `target` if there is one, and `arguments`; returns what it returns.

    `name` is one of our functions as "package.module:function", so that the caller never loads the parser. The function
    gets a seekable binary file to read and a sequential one to write. A dataclass comes back as a dictionary. Raises
    TooSlow, TooLarge or Broken; Killed; and whatever reading `source` or writing `target` raises.
    """
    limits = limits or Limits()
    job = {
        "function": name,
        "size": source.seek(0, io.SEEK_END),
        "writes": target is not None,
        "arguments": arguments,
        "limits": asdict(limits),
    }
    ours, theirs = socket.socketpair()
    with ours, theirs:
        # Our own interpreter on our own file; the job is sent as data, never through a shell.
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-B", str(CHILD), str(theirs.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env={"LANG": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        theirs.close()
        try:
            with suppress(BrokenPipeError):
                assert child.stdin is not None
                child.stdin.write(json.dumps(job).encode())
                child.stdin.close()
            answer = _Connection(ours, name, limits).serve(source, target)
            if answer is None:
                child.wait(timeout=limits.clock)
        except (TimeoutError, subprocess.TimeoutExpired):
            raise TooSlow(f"{name} ran for more than {limits.clock} s") from None
        finally:
            _end(child)
    return _result(name, child.returncode, answer)


class _Connection:
    """The parent's end of the socket. It checks the form of every message, because the child may be taken over."""

    def __init__(self, end: socket.socket, name: str, limits: Limits) -> None:
        self._socket, self._name, self._limits = end, name, limits
        self._deadline = time.monotonic() + limits.clock
        self._written = 0

    def serve(self, source: BinaryIO, target: Target | None) -> bytes | None:
        """Sends and receives bytes until the child answers; None if it ends without an answer."""
        while header := self._receive(HEADER.size):
            kind, length = HEADER.unpack(header)
            if length > MAX_MESSAGE:
                raise Broken(f"{self._name} sent a message that is too long")
            message = self._receive(length)
            match kind:
                case _ if message is None:
                    return None
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
        if self._written > self._limits.file:
            raise TooLarge(f"{self._name} wrote more than {self._limits.file} bytes")
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


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child and every process that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdin is not None:
        with suppress(BrokenPipeError):
            child.stdin.close()


def _result(name: str, code: int, answer: bytes | None) -> Any:
    if answer is not None:
        reply = json.loads(answer)
        if "result" in reply:
            return reply["result"]
        failure = TooLarge if reply["failure"] == "memory" else Broken
        raise failure(f"{name}: {reply['text']}")
    if code == -signal.SIGXCPU:
        raise TooSlow(f"{name} used up its CPU time")
    if code == -signal.SIGKILL:
        raise Killed(f"{name} was killed")
    raise Broken(f"{name} ended with {code}")
