"""Writes checkpoints, receipts and consistency proofs in the formats of C2SP (c2sp.org/signed-note, tlog-checkpoint).

`offline` reads and checks them. It is a program of its own, so that anyone can run it without the trust center.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Sequence

ED25519 = b"\x01"


def key_id(name: str, public_key: bytes) -> bytes:
    """The four bytes that identify the key in a signature line."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """The public key on one line, in the form that note verifiers read: name+id+key."""
    return f"{name}+{key_id(name, public_key).hex()}+{_base64(ED25519 + public_key)}"


def checkpoint(name: str, size: int, root: bytes, *, public_key: bytes, sign: Callable[[bytes], bytes]) -> str:
    """The signed note of a tree head. `name` is both the log's origin and the key's name."""
    text = f"{name}\n{size}\n{_base64(root)}\n"
    signature = key_id(name, public_key) + sign(text.encode())
    return f"{text}\n— {name} {_base64(signature)}\n"


def receipt(index: int, path: Sequence[bytes], note: str, *, extra: bytes) -> str:
    """A receipt (c2sp.org/tlog-proof): the record's index, its audit path and the checkpoint. `extra` is the record."""
    lines = ["c2sp.org/tlog-proof@v1", f"extra {_base64(extra)}", f"index {index}", *map(_base64, path)]
    return "\n".join(lines) + f"\n\n{note}"


def extension(old: int, path: Sequence[bytes], note: str) -> str:
    """A consistency proof up to a checkpoint, in the form that logs send to witnesses (c2sp.org/tlog-witness)."""
    return "\n".join([f"old {old}", *map(_base64, path)]) + f"\n\n{note}"


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
