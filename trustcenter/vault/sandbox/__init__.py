"""Runs one of our own functions on a file we do not trust, in a child process with limits.

The child gets no file and no key: it asks for the bytes it wants to read, and hands over the bytes it writes, through a
socket. So nothing of the file lies in plain on a disk, and whoever takes the child over has nothing else to read. It
answers with JSON. It limits itself before it reads anything; the parent adds the clock and ends the whole process group.
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
# What one message of the child may hold, in bytes; it asks again for more.
LONGEST = MIB
HEAD, PLACE = struct.Struct(">cI"), struct.Struct(">QI")


@dataclass(frozen=True)
class Limits:
    """What a child may use: bytes of memory, seconds of CPU, bytes written, seconds by the clock."""

    memory: int = 2048 * MIB
    cpu: int = 60
    file: int = 1024 * MIB
    # Two of them, one after the other, end well before the worker stops a task (80 % of its lease).
    clock: float = 90.0
    # Bytes that one stream of a PDF may unpack to.
    stream: int = 256 * MIB


class Killed(Exception):
    """Somebody ended the child from outside, which says nothing of the file: try again."""


class SandboxError(Exception):
    """The function did not come back with an answer."""


class TooSlow(SandboxError):
    """It used up its CPU time or the clock ran out."""


class TooLarge(SandboxError):
    """It asked for more memory or wrote more than it may."""


class Broken(SandboxError):
    """It failed on the file or crashed."""


class Target(Protocol):
    def write(self, data: bytes, /) -> object: ...


def run(
    name: str, source: BinaryIO, target: Target | None = None, *words: str | int, limits: Limits | None = None
) -> Any:
    """What the function `name` returns, called in the child with `source`, with `target` where one is given, and `words`.

    `name` is one of ours, as "package.module:function": by name, so that the caller never loads the parser. The function
    sees a seekable binary file to read and a sequential one to write; dataclasses come back as dictionaries. Raises
    TooSlow, TooLarge or Broken; Killed; and whatever reading `source` or writing `target` raises.
    """
    limits = limits or Limits()
    errand = {"function": name, "size": source.seek(0, io.SEEK_END), "writes": target is not None, "words": words}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        # Our own interpreter on our own file; the errand travels as data, never through a shell.
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
                child.stdin.write(json.dumps(errand | {"limits": asdict(limits)}).encode())
                child.stdin.close()
            answer = _Line(ours, name, limits).serve(source, target)
            if answer is None:
                child.wait(timeout=limits.clock)
        except (TimeoutError, subprocess.TimeoutExpired):
            raise TooSlow(f"{name} ran for more than {limits.clock} s") from None
        finally:
            _end(child)
    return _result(name, child.returncode, answer)


class _Line:
    """The parent's end of the socket. Nothing the child sends is believed beyond its form."""

    def __init__(self, line: socket.socket, name: str, limits: Limits) -> None:
        self._line, self._name, self._limits = line, name, limits
        self._until = time.monotonic() + limits.clock
        self._written = 0

    def serve(self, source: BinaryIO, target: Target | None) -> bytes | None:
        """Gives and takes what the child asks for until it answers; None when it ends without."""
        while head := self._receive(HEAD.size):
            kind, length = HEAD.unpack(head)
            if length > LONGEST:
                raise Broken(f"{self._name} sent too long a message")
            message = self._receive(length)
            match kind:
                case _ if message is None:
                    return None
                case b"R" if length == PLACE.size:
                    self._give(source, *PLACE.unpack(message))
                case b"W" if target is not None:
                    self._take(target, message)
                case b"A":
                    return message
                case _:
                    raise Broken(f"{self._name} sent a message without meaning")
        return None

    def _give(self, source: BinaryIO, offset: int, length: int) -> None:
        source.seek(offset)
        data = source.read(min(length, LONGEST))
        self._wait()
        with suppress(BrokenPipeError):
            self._line.sendall(struct.pack(">I", len(data)) + data)

    def _take(self, target: Target, data: bytes) -> None:
        self._written += len(data)
        if self._written > self._limits.file:
            raise TooLarge(f"{self._name} wrote more than {self._limits.file} bytes")
        target.write(data)

    def _receive(self, length: int) -> bytes | None:
        """Exactly so many bytes, or None when the child is gone."""
        parts = bytearray()
        while len(parts) < length:
            self._wait()
            try:
                data = self._line.recv(length - len(parts))
            except ConnectionResetError:
                return None
            if not data:
                return None
            parts += data
        return bytes(parts)

    def _wait(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._line.settimeout(left)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child with everything it may have started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdin is not None:
        with suppress(BrokenPipeError):
            child.stdin.close()


def _result(name: str, code: int, answer: bytes | None) -> Any:
    if answer is not None:
        said = json.loads(answer)
        if "result" in said:
            return said["result"]
        failure = TooLarge if said["failure"] == "memory" else Broken
        raise failure(f"{name}: {said['text']}")
    if code == -signal.SIGXCPU:
        raise TooSlow(f"{name} used up its CPU time")
    if code == -signal.SIGKILL:
        raise Killed(f"{name} was killed")
    raise Broken(f"{name} ended with {code}")
