"""Keys in a file, KEYS_DIR/vault.key, which only its owner can read.

Each line is a key: its name, a space, 32 bytes as hexadecimal digits. The last line wraps new keys; the earlier lines
unwrap what has not been rewrapped yet. Deleting a line makes every file unreadable that was wrapped with it.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from trustcenter.vault.clients.errors import KeyMissing, KeyRefused
from trustcenter.vault.stream import KEY_SIZE
from trustcenter.work.durable import write_over

NONCE = 12
LINE = re.compile(r"([0-9a-f]{8}) ([0-9a-f]{64})")


class LocalKey:
    """AES-256-GCM with the key called `key`, or with the last one if `key` is empty."""

    def __init__(self, key: str) -> None:
        keys = read()
        id = key or next(reversed(keys), "")
        if id not in keys:
            raise KeyMissing(
                f"{path()} does not hold {f'the key {id}' if id else 'any key'}. Restore the file from your copy of it"
            )
        self.name = f"local:{id}"
        self._cipher = AESGCM(keys[id])

    def wrap(self, key: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], context)
        except (InvalidTag, ValueError):
            raise KeyRefused(f"{self.name} does not open this file's key") from None


def provider(key: str) -> LocalKey:
    return LocalKey(key)


def path() -> Path:
    return Path(settings.KEYS_DIR, "vault.key")


def read() -> dict[str, bytes]:
    """The keys of the file by name, oldest first; none if there is no file. Raises KeyMissing for a damaged file."""
    try:
        lines = path().read_text().splitlines()
    except FileNotFoundError:
        return {}
    found = [LINE.fullmatch(line) for line in lines]
    if not all(found) or not found:
        # A guess at a damaged line could wrap new files with a key that nobody has.
        raise KeyMissing(f"{path()} is damaged. Restore it from your copy of it")
    return {match[1]: bytes.fromhex(match[2]) for match in found if match}


def add(*, first: bool = False) -> None:
    """Adds a new key, which wraps from now on, and keeps the others. With `first`, adds a key only if there is none."""
    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked():
        before = read()
        if first and before:
            return
        lines = [f"{id} {key.hex()}" for id, key in before.items()]
        lines.append(f"{secrets.token_hex(4)} {secrets.token_bytes(KEY_SIZE).hex()}")
        # A power cut must not keep the files and lose the key that opens them: the write is synced.
        write_over(path(), ("\n".join(lines) + "\n").encode())


@contextmanager
def _locked() -> Iterator[None]:
    """If two processes add a key at once, the second must not overwrite the first: files may be wrapped with it already."""
    with open(os.open(path().with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
