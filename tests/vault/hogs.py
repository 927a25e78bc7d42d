"""What a hostile file could make a parser do. The tests run these in the sandboxed child."""

import os
import time
from importlib import import_module


def echo(source, *words):
    os.write(1, b"noise that a library prints")
    return {"said": [source.read().decode(), *words], "secret": os.environ.get("SECRET_KEY", "")}


def copy_backwards(source, target):
    """Reads in any order and writes sequentially."""
    for place in range(source.seek(0, os.SEEK_END) - 1, -1, -1):
        source.seek(place)
        target.write(source.read(1))


def burn(_source):
    while True:
        pass


def sleep(_source):
    time.sleep(60)


def eat(_source):
    return len(bytearray(10 * 1024**3))


def write_without_end(_source, target):
    while True:
        target.write(b"\0" * 2**20)


def write_to_disk(_source, path):
    with open(path, "wb") as file:
        file.write(b"plain")


def fail(source):
    raise ValueError(source.read())


def crash(_source):
    os.abort()


def chatter(_source):
    return "x" * 10_000_000


def speak_nonsense(source):
    source.raw._parent.sendall(b"Z\0\0\0\0")
    time.sleep(60)


def send_too_long_a_message(source):
    source.raw._parent.sendall(b"W\xff\xff\xff\xff")
    time.sleep(60)


def nest_an_answer(source):
    _answer(source, b"[" * 500_000)


def answer_a_list(source):
    _answer(source, b'["result"]')


def claim_that_something_is_missing(source):
    _answer(source, b'{"failure": "unloaded", "text": "%s"}' % (b"x" * 500_000))


def _answer(source, text):
    source.raw._parent.sendall(b"A" + len(text).to_bytes(4) + text)
    time.sleep(60)


def load_late(_source):
    import_module("colorsys")
