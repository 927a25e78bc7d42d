"""The clients: wrk for many small responses, a plain socket for one large response."""

import json
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SCRIPT = Path(__file__).with_name("report.lua")
BUFFER = 1024 * 1024
THREADS, CONNECTIONS = 1, 16


@dataclass(frozen=True)
class Load:
    """What wrk measured: responses per second, and latencies in seconds."""

    rate: float
    p50: float
    p99: float


def load(url: str, seconds: int, *, vary: bool = False, cookie: str = "") -> Load:
    """Requests `url` over 16 connections from one thread; with `vary`, with a new query string each time.

    A `cookie` with the name of the session's leads past the cache.

    Raises RuntimeError if a response is missing or is not a 2xx or 3xx.
    """
    command = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}", "-s", str(SCRIPT), url]
    command += ["-H", f"Cookie: {cookie}"] if cookie else []
    command += ["--", "vary"] if vary else []
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = json.loads(said.splitlines()[-1])
    if found.pop("failed"):
        raise RuntimeError(f"Not every request was answered: {said}")
    return Load(**found)


@dataclass(frozen=True)
class Fetched:
    """A complete response: seconds from before the connection until its first and its last byte, and its length."""

    first: float
    total: float
    size: int


def fetch(
    port: int,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    method: str = "GET",
    keep: BinaryIO | None = None,
    line: float = 0.0,
) -> Fetched:
    """Reads one response over a new connection, and writes the body to `keep` if given.

    With `line` it reads at most that many bytes a second, as over a line of that speed. Raises RuntimeError unless the
    response is a 200 with a Content-Length and that many bytes.
    """
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    question = "\r\n".join([*lines, *(["Content-Length: 0"] * (method == "POST")), "", ""]).encode()
    buffer = memoryview(bytearray(BUFFER))
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(question)
        filled = connection.recv_into(buffer)
        first = time.perf_counter()
        while (end := bytes(buffer[:filled]).find(b"\r\n\r\n")) < 0 and filled < BUFFER:
            filled += connection.recv_into(buffer[filled:])
        status, *fields = bytes(buffer[:end]).decode("latin-1").split("\r\n")
        length = int(dict(field.lower().split(": ", 1) for field in fields).get("content-length", -1))
        if " 200" not in status or length < 0:
            raise RuntimeError(f"{path} answered {status}, {bytes(buffer[:filled])[:600]!r}")
        body = filled - end - 4
        if keep:
            keep.write(buffer[end + 4 : filled])
        while body < length and (read := connection.recv_into(buffer)):
            body += read
            if keep:
                keep.write(buffer[:read])
            if line:
                time.sleep(max(0.0, first + body / line - time.perf_counter()))
    if body != length:
        raise RuntimeError(f"{path} ended after {body} of {length} bytes")
    return Fetched(first - started, time.perf_counter() - started, length)
