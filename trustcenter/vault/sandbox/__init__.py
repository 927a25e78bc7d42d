"""Runs one of our own functions on a file that we do not trust, in a child process that has nothing else.

The child loads the function, confines itself (`trustcenter.vault.confinement`) and only then gets the file. Through a
socket it asks for the bytes that it reads and sends the bytes that it writes, so no plain byte of the file reaches a
disk. Code that takes over the child can give a wrong answer about this one file; it finds no other file, no key, no
network and no other process. The parent limits the time and ends the child. It answers with JSON.
"""

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from trustcenter.vault.sandbox.connection import MAX_MESSAGE, Connection, Target
from trustcenter.vault.sandbox.failures import Broken, Killed, NotLoaded, SandboxError, TooLarge, TooSlow, Unavailable
from trustcenter.work.processes import die_with_parent

__all__ = [
    "MIB",
    "Broken",
    "Killed",
    "Limits",
    "NotLoaded",
    "SandboxError",
    "TooLarge",
    "TooSlow",
    "Unavailable",
    "run",
]

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("child.py")
MIB = 1024 * 1024
# So many characters of what a child says about a failure are kept: it could fill the log.
LONGEST_TEXT = 1000
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    # numpy's library would start a thread for each core, and a confined process has one.
    "OPENBLAS_NUM_THREADS": "1",
}


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


def run(
    name: str, source: BinaryIO, target: Target | None = None, *arguments: str | int, limits: Limits | None = None
) -> Any:
    """Calls a function in the child with `source`, `target` if there is one, and `arguments`; returns what it returns.

    `name` is one of our functions as "package.module:function", so that the caller never loads the parser. Its module
    imports all that it needs: the confined child can load nothing. The function gets a seekable binary file to read
    and a sequential one to write. A dataclass comes back as a dictionary. Raises TooSlow, TooLarge or Broken; Killed or
    NotLoaded; Unavailable, which is logged; and whatever reading `source` or writing `target` raises.
    """
    limits = limits or Limits()
    job = {
        "function": name,
        "size": source.seek(0, io.SEEK_END),
        "writes": target is not None,
        "arguments": arguments,
        "limits": asdict(limits),
    }
    try:
        return _run(name, json.dumps(job).encode(), source, target, limits)
    except Unavailable as reason:
        logger.error("The sandbox is not available: %s", reason)
        raise


def _run(name: str, job: bytes, source: BinaryIO, target: Target | None, limits: Limits) -> Any:
    connection, child = _start(name, limits)
    with connection:
        try:
            with suppress(BrokenPipeError):
                assert child.stdin is not None
                child.stdin.write(job)
                child.stdin.close()
            answer = connection.serve(source, target)
            if answer is None:
                child.wait(timeout=limits.clock)
        except (TimeoutError, subprocess.TimeoutExpired):
            if not connection.is_confined:
                raise Unavailable(f"{name} was not loaded within {limits.clock} s") from None
            raise TooSlow(f"{name} ran for more than {limits.clock} s") from None
        finally:
            complaint = _end(child, connection.is_confined)
    if not connection.is_confined and child.returncode != -signal.SIGKILL:
        raise Unavailable(f"the child ended with {child.returncode} before it was confined. {complaint}")
    return _result(name, child.returncode, answer)


def _start(name: str, limits: Limits) -> tuple[Connection, subprocess.Popen[bytes]]:
    try:
        ours, theirs = socket.socketpair()
    except OSError as error:
        raise Unavailable(f"no socket for a child: {error}") from error
    with theirs:
        try:
            # Our own interpreter on our own file; the job is sent as data, never through a shell.
            child = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-B", str(CHILD), str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                # An interpreter that cannot start says so here. The child closes it before it reads the file.
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        except (OSError, subprocess.SubprocessError) as error:
            ours.close()
            raise Unavailable(f"no child could be started: {error}") from error
    return Connection(ours, name, seconds=limits.clock, most=limits.file), child


def _end(child: subprocess.Popen[bytes], was_confined: bool) -> str:
    """Ends the child and every process that it started. Returns what the interpreter complained of before that."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert child.stdin is not None
    assert child.stderr is not None
    with suppress(BrokenPipeError):
        child.stdin.close()
    with child.stderr as stderr:
        return "" if was_confined else stderr.read(MAX_MESSAGE).decode(errors="replace").strip()


def _result(name: str, code: int, answer: bytes | None) -> Any:
    if answer is not None:
        return _said(name, answer)
    if code == -signal.SIGXCPU:
        raise TooSlow(f"{name} used up its CPU time")
    if code == -signal.SIGKILL:
        raise Killed(f"{name} was killed")
    raise Broken(f"{name} ended with {code}")


def _said(name: str, answer: bytes) -> Any:
    """What the child's answer says. A child that was taken over may have written anything."""
    try:
        reply = json.loads(answer)
        if "result" in reply:
            return reply["result"]
        failure, text = reply["failure"], str(reply["text"])[:LONGEST_TEXT]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Broken(f"{name} gave an answer that nobody understands") from None
    match failure:
        case "memory":
            raise TooLarge(f"{name}: {text}")
        case "unloaded":
            raise NotLoaded(f"{name}: {text!r}")
        case _:
            raise Broken(f"{name}: {text}")
