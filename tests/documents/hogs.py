"""What a hostile file could make a parser do. Run in the sandbox's child by its tests."""

import os
import subprocess
import sys
import time
from pathlib import Path


def echo(text: str) -> dict[str, str]:
    os.write(1, b"noise that a library prints")
    return {"said": text, "secret": os.environ.get("SECRET_KEY", "")}


def burn(_text: str) -> None:
    while True:
        pass


def sleep(_text: str) -> None:
    time.sleep(60)


def leave_a_child(path: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(path).write_text(str(child.pid))
    time.sleep(60)


def eat(_text: str) -> int:
    return len(bytearray(10 * 1024**3))


def write(path: str) -> None:
    with open(path, "wb") as file:
        while True:
            file.write(b"\0" * 2**20)
            file.flush()


def fail(text: str) -> None:
    raise ValueError(text)


def crash(_text: str) -> None:
    os.abort()


def chatter(_text: str) -> str:
    return "x" * 10_000_000
