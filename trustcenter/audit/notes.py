"""Writing checkpoints: C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), Ed25519.

Reading and checking them is the business of `offline`, which anybody can run without us.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Sequence

ED25519 = b"\x01"


def key_id(name: str, public_key: bytes) -> bytes:
    """Four bytes that name the key in a signature line."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """The public key on one line, as note verifiers read it: name, key id, type and key."""
    return f"{name}+{key_id(name, public_key).hex()}+{_base64(ED25519 + public_key)}"


def checkpoint(name: str, size: int, root: bytes, *, public_key: bytes, sign: Callable[[bytes], bytes]) -> str:
    """The signed note over a tree head; `name` is the log's origin and the key's name."""
    text = f"{name}\n{size}\n{_base64(root)}\n"
    signature = key_id(name, public_key) + sign(text.encode())
    return f"{text}\n— {name} {_base64(signature)}\n"


def receipt(index: int, path: Sequence[bytes], note: str, *, extra: bytes) -> str:
    """A C2SP tlog-proof: where the record lies, its audit path, the checkpoint; `extra` is the record itself."""
    lines = ["c2sp.org/tlog-proof@v1", f"extra {_base64(extra)}", f"index {index}", *map(_base64, path)]
    return "\n".join(lines) + f"\n\n{note}"


def extension(old: int, path: Sequence[bytes], note: str) -> str:
    """A consistency proof up to a checkpoint, in the form in which logs send it to witnesses (c2sp.org/tlog-witness)."""
    return "\n".join([f"old {old}", *map(_base64, path)]) + f"\n\n{note}"


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
