"""The log's private key and the last checkpoint that it signed. Only the worker and commands import this module."""

import fcntl
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.translation import gettext as _

from trustcenter.audit import notes
from trustcenter.work.durable import write_new, write_over

# The file has one line, in the form of other tools for signed notes: PRIVATE+KEY+name+id+key.
PREFIX = "PRIVATE+KEY"


class Unusable(Exception):
    """The key file is there and cannot be used. The text says why."""


@dataclass(frozen=True)
class Signer:
    """The key and its name. The name is the log's origin and never changes."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def verifier_key(self) -> str:
        return notes.verifier_key(self.name, self.public)

    def checkpoint(self, size: int, root: bytes) -> str:
        """The signed note of a tree head."""
        return notes.checkpoint(self.name, size, root, public_key=self.public, sign=self.private.sign)


@contextmanager
def locked() -> Iterator[None]:
    """Makes every other signer on this machine wait, so that no two sign at once."""
    _file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(_file().with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def load() -> Signer | None:
    """The key, or None if there is none. Raises Unusable if other users can read the file or it is not a key."""
    try:
        with _file().open() as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            line = file.read(4096).strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unusable(_("The log's key cannot be read: %(error)s") % {"error": error.strerror}) from error
    if mode & 0o077:
        raise Unusable(
            _("Other users of this machine can read the log's key. Run: chmod 600 %(file)s") % {"file": _file()}
        )
    # The encoded key may contain a plus sign. The name and the id do not.
    name, _id, encoded = [*line.removeprefix(f"{PREFIX}+").split("+", 2), "", ""][:3]
    try:
        seed = b64decode(encoded, validate=True).removeprefix(notes.ED25519)
        signer = Signer(name, Ed25519PrivateKey.from_private_bytes(seed))
    except ValueError:
        signer = None
    if signer is None or _line(signer) != line:
        raise Unusable(_("The log's key file does not contain a key: %(file)s") % {"file": _file()})
    return signer


def make(name: str) -> Signer:
    """Makes a key with that name, which only its owner can read. Raises FileExistsError if there is a key."""
    signer = Signer(name, Ed25519PrivateKey.generate())
    write_new(_file(), f"{_line(signer)}\n".encode())
    return signer


def last_signed() -> str | None:
    """The newest note that this key signed, kept beside the key so that restoring a database cannot set it back."""
    try:
        return _memory().read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def remember(note: str) -> None:
    """Writes a note down as the newest, before anybody else can see it."""
    write_over(_memory(), note.encode())


def _line(signer: Signer) -> str:
    seed = b64encode(notes.ED25519 + signer.private.private_bytes_raw()).decode()
    return f"{PREFIX}+{signer.name}+{notes.key_id(signer.name, signer.public).hex()}+{seed}"


def _file() -> Path:
    return Path(settings.LOG_KEY_FILE)


def _memory() -> Path:
    return _file().with_suffix(".checkpoint")
