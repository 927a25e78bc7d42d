"""The sandbox's child, a script of its own: limits itself, then runs the errand it reads from standard input.

It starts from a fresh interpreter in isolated mode, without the web process's environment.
"""

import io
import json
import os
import resource
import socket
import struct
import sys
from dataclasses import asdict, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
LONGEST = 1024 * 1024
# Parsers jump about and read a few bytes at a time; each of our requests costs a round trip.
BUFFER = 64 * 1024


class Source(io.RawIOBase):
    """The file to read, a request to the parent at a time."""

    def __init__(self, line: socket.socket, size: int) -> None:
        self._line, self._size, self._position = line, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("there is nothing before the start")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), LONGEST, max(0, self._size - self._position))
        if not wanted:
            return 0
        self._line.sendall(struct.pack(">cIQI", b"R", 12, self._position, wanted))
        length = struct.unpack(">I", _receive(self._line, 4))[0]
        view[:length] = _receive(self._line, length)
        self._position += length
        return int(length)


class Target(io.RawIOBase):
    """The file to write, from its start to its end."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")[:LONGEST]
        self._line.sendall(struct.pack(">cI", b"W", len(view)) + view)
        return len(view)


def _receive(line: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        data = line.recv(length - len(parts))
        if not data:
            # The parent is gone, and with it whoever wanted to know.
            os._exit(1)
        parts += data
    return bytes(parts)


def _limit(limits: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 1))
    # What it makes goes to the parent: it has no business with files.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _limit_qpdf(most: int) -> None:
    from pikepdf.settings import set_qpdf_limits

    set_qpdf_limits(
        doc_max_warnings=1000,
        parser_max_nesting=200,
        parser_max_container_size=2_000_000,
        max_stream_filters=8,
        flate_max_memory=most,
        run_length_max_memory=most,
        png_max_memory=most,
        tiff_max_memory=most,
        dct_max_memory=most,
        dct_max_progressive_scans=100,
    )


def _answer(errand: dict[str, Any], line: socket.socket) -> dict[str, Any]:
    files: list[Any] = [io.BufferedReader(Source(line, errand["size"]), BUFFER)]
    if errand["writes"]:
        files.append(io.BufferedWriter(Target(line), LONGEST))
    try:
        module, _colon, name = errand["function"].partition(":")
        _limit_qpdf(errand["limits"]["stream"])
        result = getattr(import_module(module), name)(*files, *errand["words"])
        if errand["writes"]:
            files[1].flush()
    except MemoryError:
        return {"failure": "memory", "text": "out of memory"}
    except Exception as error:
        return {"failure": "broken", "text": f"{type(error).__name__}: {error}"[:1000]}
    return {"result": asdict(result) if is_dataclass(result) and not isinstance(result, type) else result}


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    errand = json.load(sys.stdin)
    # Whatever a library prints goes nowhere.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    _limit(errand["limits"])
    sys.path.insert(0, str(ROOT))
    answer = json.dumps(_answer(errand, line)).encode()
    if len(answer) > LONGEST:
        answer = json.dumps({"failure": "broken", "text": "the answer is too long"}).encode()
    line.sendall(struct.pack(">cI", b"A", len(answer)) + answer)


if __name__ == "__main__":
    main()
