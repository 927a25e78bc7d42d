"""Runs one of our own functions on a file we do not trust, in a child process with limits.

The child starts from a fresh interpreter in isolated mode, without the web process's environment, and answers
with JSON. It limits itself before it imports anything that reads the file; the parent adds the clock and ends
the whole process group.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MAX_ANSWER = 1024 * 1024
MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What a child may use: bytes of memory, seconds of CPU, bytes per file written, seconds by the clock."""

    memory: int = 2048 * MIB
    cpu: int = 60
    file: int = 1024 * MIB
    # Two of them, one after the other, end well before the worker stops a task (80 % of its lease).
    clock: float = 90.0
    # Bytes that one stream of a PDF may unpack to.
    stream: int = 256 * MIB


class SandboxError(Exception):
    """The function did not come back with an answer."""


class TooSlow(SandboxError):
    """It used up its CPU time or the clock ran out."""


class TooLarge(SandboxError):
    """It asked for more memory or wrote a longer file than it may."""


class Broken(SandboxError):
    """It failed on the file or crashed."""


def run(name: str, *arguments: str | Path, limits: Limits | None = None) -> Any:
    """What the function `name` returns, called with `arguments` in the child; dataclasses come back as
    dictionaries.

    `name` is one of ours, as "package.module:function": by name, so that the caller never loads the parser.
    Raises TooSlow, TooLarge or Broken.
    """
    limits = limits or Limits()
    errand = json.dumps({"function": name, "arguments": [str(a) for a in arguments], "limits": asdict(limits)})
    # Our own interpreter on our own file; the arguments travel as data, never through a shell.
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-B", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LANG": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
    )
    try:
        answer, _nothing = child.communicate(errand.encode(), timeout=limits.clock)
    except subprocess.TimeoutExpired:
        raise TooSlow(f"{name} ran for more than {limits.clock} s") from None
    finally:
        _end(child)
    return _read(name, child.returncode, answer)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child with everything it may have started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _read(name: str, code: int, answer: bytes) -> Any:
    if code == 0:
        said = json.loads(answer)
        if "result" in said:
            return said["result"]
        failure = {"memory": TooLarge, "disk": TooLarge}.get(said["failure"], Broken)
        raise failure(f"{name}: {said['text']}")
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise TooSlow(f"{name} used up its CPU time")
    if code == -signal.SIGXFSZ:
        raise TooLarge(f"{name} wrote too long a file")
    raise Broken(f"{name} ended with {code}")


def _limit(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu, limits.cpu + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file, limits.file))


def _limit_qpdf(limits: Limits) -> None:
    from pikepdf.settings import set_qpdf_limits

    set_qpdf_limits(
        doc_max_warnings=1000,
        parser_max_nesting=200,
        parser_max_container_size=2_000_000,
        max_stream_filters=8,
        flate_max_memory=limits.stream,
        run_length_max_memory=limits.stream,
        png_max_memory=limits.stream,
        tiff_max_memory=limits.stream,
        dct_max_memory=limits.stream,
        dct_max_progressive_scans=100,
    )


def _answer(errand: dict[str, Any]) -> dict[str, Any]:
    try:
        module, _colon, name = errand["function"].partition(":")
        _limit_qpdf(Limits(**errand["limits"]))
        result = getattr(import_module(module), name)(*errand["arguments"])
    except MemoryError:
        return {"failure": "memory", "text": "out of memory"}
    except OSError as error:
        return {"failure": "disk", "text": str(error)}
    except Exception as error:
        return {"failure": "broken", "text": f"{type(error).__name__}: {error}"}
    return {"result": asdict(result) if is_dataclass(result) and not isinstance(result, type) else result}


def _main() -> None:
    errand = json.load(sys.stdin)
    # Whatever a library prints must not get between us and the answer.
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    _limit(Limits(**errand["limits"]))
    sys.path.insert(0, str(ROOT))
    answer = json.dumps(_answer(errand)).encode()
    if len(answer) > MAX_ANSWER:
        answer = json.dumps({"failure": "broken", "text": "the answer is too long"}).encode()
    with os.fdopen(answers, "wb") as out:
        out.write(answer)


if __name__ == "__main__":
    _main()
