"""The sandbox's child: a script that loads a function, confines itself, and only then reads the file.

It starts in a new interpreter in isolated mode, without the environment of the web process, and reads its job from
standard input. What is not loaded when it confines itself cannot be loaded any more: see `_load_what_comes_later`.
"""

import ctypes
import io
import json
import os
import resource
import socket
import struct
import sys
from codecs import lookup
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
MAX_MESSAGE = 1024 * 1024
# Parsers read a few bytes here and there, and each request to the parent costs a round trip.
BUFFER = 64 * 1024
# Python loads an encoding when it is first used. PDFs use these for text.
CODECS = ("ascii", "latin_1", "cp1252", "utf_16", "utf_16_be", "utf_16_le")
CALLED_BACK: list[Any] = []


class Source(io.RawIOBase):
    """The file to read; each read is a request to the parent."""

    def __init__(self, parent: socket.socket, size: int) -> None:
        self._parent, self._size, self._position = parent, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("a position before the start of the file")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), MAX_MESSAGE, max(0, self._size - self._position))
        if not wanted:
            return 0
        self._parent.sendall(struct.pack(">cIQI", b"R", 12, self._position, wanted))
        length = struct.unpack(">I", _receive(self._parent, 4))[0]
        view[:length] = _receive(self._parent, length)
        self._position += length
        return int(length)


class Target(io.RawIOBase):
    """The file to write, from start to end."""

    def __init__(self, parent: socket.socket) -> None:
        self._parent = parent

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")[:MAX_MESSAGE]
        self._parent.sendall(struct.pack(">cI", b"W", len(view)) + view)
        return len(view)


def _receive(parent: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        data = parent.recv(length - len(parts))
        if not data:
            # The parent is gone, so nobody waits for the answer.
            os._exit(1)
        parts += data
    return bytes(parts)


def _limit(limits: dict[str, Any]) -> None:
    # Core dumps would hold the file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 1))


def _limit_qpdf(stream: int) -> None:
    from pikepdf.settings import set_qpdf_limits

    set_qpdf_limits(
        doc_max_warnings=1000,
        parser_max_nesting=200,
        parser_max_container_size=2_000_000,
        max_stream_filters=8,
        flate_max_memory=stream,
        run_length_max_memory=stream,
        png_max_memory=stream,
        tiff_max_memory=stream,
        dct_max_memory=stream,
        dct_max_progressive_scans=100,
    )


def _load(name: str, limits: dict[str, Any]) -> Callable[..., Any]:
    """The function "package.module:function", with everything that it will need."""
    _limit_qpdf(limits["stream"])
    module, _colon, function = name.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    _load_what_comes_later()
    return loaded


def _load_what_comes_later() -> None:
    """Loads what Python and the libraries would otherwise load in the middle of their work."""
    for codec in CODECS:
        lookup(codec)
    _let_qpdf_open_its_random_numbers()
    if "PIL.Image" in sys.modules:
        # Registers the formats that `Image.open` and `Image.save` know.
        sys.modules["PIL.Image"].preinit()
        import_module("PIL.ImageFile")
    if "numpy" in sys.modules:
        # Median and percentiles ask it whether a value is masked.
        import_module("numpy.ma")
    if "pypdfium2" in sys.modules:
        # The C library makes room for the functions that pdfium calls back when the first one is made.
        CALLED_BACK.append(ctypes.CFUNCTYPE(None)(lambda: None))


def _let_qpdf_open_its_random_numbers() -> None:
    """qpdf opens /dev/urandom with the first stream that it encrypts or decrypts by AES, and keeps it open."""
    import pikepdf

    with pikepdf.new() as pdf:
        pdf.Root.Any = pdf.make_stream(b"")
        pdf.save(io.BytesIO(), encryption=pikepdf.Encryption(owner="any", R=4))


def _answer(function: Callable[..., Any], job: dict[str, Any], parent: socket.socket) -> dict[str, Any]:
    files: list[Any] = [io.BufferedReader(Source(parent, job["size"]), BUFFER)]
    if job["writes"]:
        files.append(io.BufferedWriter(Target(parent), MAX_MESSAGE))
    try:
        result = function(*files, *job["arguments"])
        if job["writes"]:
            files[1].flush()
    except MemoryError:
        return {"failure": "memory", "text": "out of memory"}
    except ImportError as error:
        return {"failure": "unloaded", "text": str(error)}
    except Exception as error:
        return {"failure": "broken", "text": f"{type(error).__name__}: {error}"}
    return {"result": asdict(result) if is_dataclass(result) and not isinstance(result, type) else result}


def _say(parent: socket.socket, kind: bytes, text: bytes = b"") -> None:
    parent.sendall(struct.pack(">cI", kind, len(text)) + text)


def main() -> None:
    parent = socket.socket(fileno=int(sys.argv[1]))
    # Isolated mode leaves the folder of our own packages out.
    sys.path.insert(0, str(ROOT))
    try:
        from trustcenter.vault import confinement

        job = json.load(sys.stdin)
        _limit(job["limits"])
        function = _load(job["function"], job["limits"])
        # Discards whatever a library prints.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)
        confinement.confine()
    except Exception as error:
        _say(parent, b"N", f"{type(error).__name__}: {error}".encode()[:MAX_MESSAGE])
        os._exit(1)
    _say(parent, b"S")
    answer = json.dumps(_answer(function, job, parent)).encode()
    if len(answer) > MAX_MESSAGE:
        answer = json.dumps({"failure": "broken", "text": "the answer is too long"}).encode()
    _say(parent, b"A", answer)
    # There is nothing to clean up.
    os._exit(0)


if __name__ == "__main__":
    main()
