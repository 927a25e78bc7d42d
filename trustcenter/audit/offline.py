#!/usr/bin/env python3
"""Checks what a trust center gave you, without it: a receipt, a checkpoint, and that a log only ever grew.

    verify.py receipt FILE.tlog-proof --key KEY [--pdf FILE.pdf]
    verify.py checkpoint FILE --key KEY
    verify.py extends OLD_CHECKPOINT PROOF --key KEY

One file for Python 3.9 or newer with the package `cryptography`; it opens no connection. KEY is the log's verifier key
or a file that holds it: take it from a mail of the time or from /.well-known/trustcenter/log/key, and keep it, for what
is checked here is only as good as where the key came from.

Exit code 0: everything holds. 1: something does not, and the last line says what. 2: used wrongly.

Formats: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof, c2sp.org/tlog-witness (the proof that a log
grew), RFC 6962 section 2.1 (the tree), RFC 8032 (Ed25519).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# A receipt holds one record's words; a note at least 16 signatures (signed-note). More than this is not ours.
MOST_BYTES, MOST_SIGNATURES, MOST_HASHES, MOST_SIZE = 64 * 1024, 32, 63, 2**63
PROOF, DASH = "c2sp.org/tlog-proof@v1", "—"
ED25519 = 1
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def _(words: str) -> str:
    """Marks a sentence for whoever translates; here it stays English."""
    return words


class Refused(Exception):
    """Something does not hold: a sentence, and what its %-names stand for."""

    def __init__(self, words: str, **names: object) -> None:
        super().__init__(words % names)
        self.words, self.names = words, names


@dataclass(frozen=True)
class Finding:
    """Something that holds, in a sentence, and what its %-names stand for."""

    words: str
    names: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.words % self.names


# -- Keys ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A verifier key: whose log, and its public key."""

    name: str
    id: bytes
    public: bytes

    def signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


def read_key(line: str) -> Key:
    """A verifier key of the form name+id+key. Raises Refused."""
    wrong = Refused(_("The key is not a verifier key of the form name+id+key."))
    name, _plus, rest = line.strip().partition("+")
    hex_id, _plus, encoded = rest.partition("+")
    data = _decoded(encoded, wrong)
    if not _is_name(name) or len(data) != 33 or data[0] != ED25519:
        raise wrong
    key = Key(name, hashlib.sha256(name.encode() + b"\n" + data).digest()[:4], data[1:])
    if hex_id != key.id.hex():
        raise Refused(_("The key's id does not fit its name and its bytes; something in the line was changed."))
    return key


# -- Reading files ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    """A signed tree head: `text` is what the signatures cover, `signatures` are (name, key id, signature)."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: list[tuple[str, bytes, bytes]]


@dataclass(frozen=True)
class Receipt:
    """One record's place in a log: its index, its audit path from the leaf up, the checkpoint, and the record itself."""

    index: int
    path: list[bytes]
    checkpoint: Checkpoint
    leaf: str
    key: bytes
    body: str


@dataclass(frozen=True)
class Extension:
    """The proof that the log of a checkpoint begins with the first `old` records of an earlier one."""

    old: int
    path: list[bytes]
    checkpoint: Checkpoint


def read_text(data: bytes) -> str:
    """The characters of a file. Raises Refused for what cannot be one of ours."""
    if len(data) > MOST_BYTES:
        raise Refused(_("The file is longer than any receipt or checkpoint."))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(_("The file is not text in UTF-8.")) from None
    if "\r" in text:
        raise Refused(_("The file has Windows line ends: a mail program or an editor changed it. Save it unchanged."))
    if any(ord(character) < 32 and character != "\n" for character in text):
        raise Refused(_("The file has control characters, which none of ours has."))
    return text


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint, letter by letter. Raises Refused."""
    body, blank, rest = text.rpartition("\n\n")
    if not blank or not rest:
        raise Refused(_("This is not a signed note: there is no blank line with signatures after it."))
    if not rest.endswith("\n"):
        raise Refused(_("The last line is cut off, or something was added at the end."))
    lines = rest[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise Refused(_("The note has more signatures than any of ours."))
    signatures = [_signature(line) for line in lines]
    origin, *more = body.split("\n")
    if len(more) < 2 or not all([origin, *more]):
        raise Refused(_("The note is not a checkpoint: it needs an origin, a size and a root, one a line."))
    root = _decoded(more[1], Refused(_("The root is not plain base64.")))
    if len(root) != 32:
        raise Refused(_("The root is not a SHA-256 hash."))
    return Checkpoint(origin, _number(more[0]), root, body + "\n", signatures)


def read_receipt(text: str) -> Receipt:
    """A receipt, letter by letter. Raises Refused."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != PROOF:
        raise Refused(_("The file is not a receipt: its first line is not “c2sp.org/tlog-proof@v1”."))
    if not blank:
        raise Refused(_("The receipt has no checkpoint: a blank line has to come before it."))
    if len(lines) < 2 or not lines[1].startswith("extra "):
        raise Refused(_("The receipt does not carry the record that it is about."))
    if len(lines) < 3 or not lines[2].startswith("index "):
        raise Refused(_("The receipt does not say the record's number."))
    extra = _decoded(lines[1][6:], Refused(_("The record in the receipt is not plain base64.")))
    leaf, key, body = _record(extra)
    return Receipt(_number(lines[2][6:]), _hashes(lines[3:]), read_checkpoint(note), leaf, key, body)


def read_extension(text: str) -> Extension:
    """A proof that a log grew, letter by letter. Raises Refused."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or not lines[0].startswith("old "):
        raise Refused(_("The file is not a proof that a log grew: its first line is not “old” and a size."))
    return Extension(_number(lines[0][4:]), _hashes(lines[1:]), read_checkpoint(note))


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != DASH or not _is_name(parts[1]):
        raise Refused(_("The last lines are not signature lines; something was added at the end."))
    data = _decoded(parts[2], Refused(_("A signature is not plain base64.")))
    if len(data) < 5:
        raise Refused(_("A signature is too short."))
    return parts[1], data[:4], data[4:]


def _record(extra: bytes) -> tuple[str, bytes, str]:
    wrong = Refused(_("The record in the receipt cannot be read."))
    try:
        found = json.loads(extra.decode("utf-8"))
        if not isinstance(found, dict) or set(found) != {"leaf", "key", "body"}:
            raise wrong
        # JSON can spell half a character, which has no bytes that could be hashed; and join takes texts alone.
        "".join(found.values()).encode()
        return found["leaf"], bytes.fromhex(found["key"]), found["body"]
    except (ValueError, TypeError, RecursionError):
        raise wrong from None


def _hashes(lines: Sequence[str]) -> list[bytes]:
    if len(lines) > MOST_HASHES:
        raise Refused(_("The proof is longer than any tree is high."))
    found = [_decoded(line, Refused(_("A hash of the proof is not plain base64."))) for line in lines]
    if any(len(one) != 32 for one in found):
        raise Refused(_("A line of the proof is not a SHA-256 hash."))
    return found


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text) or int(text) >= MOST_SIZE:
        raise Refused(_("“%(text)s” is not a plain number, or too large for a log."), text=text[:40])
    return int(text)


def _decoded(text: str, wrong: Refused) -> bytes:
    """Standard base64, padded, in its one spelling: two files must not say the same in different letters."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise wrong from None
    if base64.b64encode(data).decode() != text:
        raise wrong
    return data


def _is_name(name: str) -> bool:
    return bool(name) and not any(c == "+" or c.isspace() or unicodedata.category(c) == "Cc" for c in name)


# -- Checking --------------------------------------------------------------------------------------------------------


def check_checkpoint(checkpoint: Checkpoint, keys: Iterable[Key]) -> list[Finding]:
    """Whether one of the keys signed it. Raises Refused."""
    known = {(key.name, key.id): key for key in keys}
    ours = [line for line in checkpoint.signatures if line[:2] in known]
    if not ours:
        names = ", ".join(sorted({name for name, _id, _signature in checkpoint.signatures}))
        raise Refused(_("The checkpoint is not signed by the log's key; it names %(names)s."), names=names[:200])
    if len({line[:2] for line in ours}) != len(ours):
        raise Refused(_("The checkpoint carries two signatures of the same key, which the log never writes."))
    for name, id, signature in ours:
        if not known[name, id].signed(checkpoint.text, signature):
            raise Refused(_("The signature does not fit the checkpoint: one of the two was changed."))
        if checkpoint.origin != name:
            raise Refused(
                _("The checkpoint is of another log than its key: %(origin)s."), origin=checkpoint.origin[:200]
            )
    if not checkpoint.size and checkpoint.root != hashlib.sha256(b"").digest():
        raise Refused(_("An empty log has another root."))
    words = _("The checkpoint is signed by the key of %(origin)s and covers %(size)s records.")
    findings = [Finding(words, {"origin": checkpoint.origin, "size": checkpoint.size})]
    # Signatures of others, such as witnesses, are allowed; what they say was not checked.
    if len(ours) < len(checkpoint.signatures):
        others = sorted({name for name, id, _signature in checkpoint.signatures if (name, id) not in known})
        findings.append(
            Finding(_("Signatures by others were not checked: %(names)s."), {"names": ", ".join(others)[:200]})
        )
    return findings


def check_receipt(receipt: Receipt, keys: Iterable[Key]) -> list[Finding]:
    """Whether the record is in the log under the checkpoint, and the words are the record's. Raises Refused."""
    findings = check_checkpoint(receipt.checkpoint, keys)
    size = receipt.checkpoint.size
    if receipt.index >= size:
        raise Refused(
            _("The record's number %(index)s lies beyond the checkpoint's %(size)s."), index=receipt.index, size=size
        )
    leaf_hash = hashlib.sha256(b"\x00" + receipt.leaf.encode()).digest()
    if root_by_inclusion(leaf_hash, receipt.index, size, receipt.path) != receipt.checkpoint.root:
        raise Refused(_("The record is not in the log: the hashes do not lead to the checkpoint's root."))
    leaf = _object(receipt.leaf)
    if leaf.get("number") != receipt.index:
        raise Refused(_("The record carries another number than the receipt."))
    if leaf.get("detail") != hmac.digest(receipt.key, receipt.body.encode(), "sha256").hex():
        raise Refused(_("The words in the receipt are not the ones of the record."))
    words = _("Record %(index)s is in the log: %(action)s at %(at)s.")
    names = {"index": receipt.index, "action": leaf.get("action"), "at": leaf.get("at")}
    return [
        *findings,
        Finding(words, names),
        Finding(_("The words belong to the record: %(body)s"), {"body": receipt.body}),
    ]


def check_file(receipt: Receipt, sha256: str) -> list[Finding]:
    """Whether a file is the one whose SHA-256 the record names; after check_receipt. Raises Refused."""
    recorded = _object(receipt.body).get("sha256")
    if not recorded:
        raise Refused(_("This record names no file; the receipt of a signed copy or of a downloaded copy does."))
    if recorded != sha256:
        raise Refused(_("The file is not the one of the record: its SHA-256 is %(sha256)s."), sha256=sha256)
    return [Finding(_("The file is the one of the record, to the last bit: SHA-256 %(sha256)s."), {"sha256": sha256})]


def check_extension(old: Checkpoint, proof: Extension, keys: Iterable[Key]) -> list[Finding]:
    """Whether the log of the proof's checkpoint begins with all of the old one's. Raises Refused."""
    keys = list(keys)
    check_checkpoint(old, keys)
    findings = check_checkpoint(proof.checkpoint, keys)
    if proof.checkpoint.origin != old.origin:
        raise Refused(_("The two checkpoints are of two logs."))
    if proof.old != old.size:
        raise Refused(
            _("The proof begins at %(old)s records, the checkpoint at %(size)s."), old=proof.old, size=old.size
        )
    if not extends((old.size, old.root), (proof.checkpoint.size, proof.checkpoint.root), proof.path):
        raise Refused(_("The later log does not begin with the earlier one: records were changed or taken away."))
    words = _("The log grew from %(old)s to %(new)s records and changed none of the earlier ones.")
    return [*findings, Finding(words, {"old": old.size, "new": proof.checkpoint.size})]


def root_by_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its audit path lead to (RFC 9162, 2.1.3.2); None for a path of the wrong length."""
    place, last, root = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = _node(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = _node(root, sibling)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def extends(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Whether the tree `new` (size, root) begins with the tree `old` (RFC 9162, 2.1.4.2)."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size > new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path and old_root == hashlib.sha256(b"").digest()
    hashes = list(path)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not place:
        # The old tree is one full subtree of the new one: its root is where the proof begins.
        hashes.insert(0, old_root)
    if not hashes:
        return False
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = _node(sibling, first), _node(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = _node(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        # Half a character could not be printed.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


# -- From the command line -------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    errands = parser.add_subparsers(dest="errand", required=True, metavar="receipt|checkpoint|extends")
    receipt = errands.add_parser("receipt", help="is this record in the log, and are these its words?")
    receipt.add_argument("file", type=argparse.FileType("rb"))
    receipt.add_argument("--pdf", type=argparse.FileType("rb"), help="is this the file that the record names?")
    checkpoint = errands.add_parser("checkpoint", help="did the log sign this?")
    checkpoint.add_argument("file", type=argparse.FileType("rb"))
    grown = errands.add_parser("extends", help="did the log only grow since an earlier checkpoint?")
    grown.add_argument("old", type=argparse.FileType("rb"), help="the earlier checkpoint")
    grown.add_argument("file", type=argparse.FileType("rb"), help="/.well-known/trustcenter/log/consistency/OLD/NEW")
    for errand in (receipt, checkpoint, grown):
        errand.add_argument("--key", required=True, help="the log's verifier key, or a file that holds it")
    chosen = parser.parse_args(arguments)
    try:
        keys = [_key(chosen.key)]
    except (Refused, OSError) as wrong:
        parser.error(f"--key: {wrong}")
    try:
        for finding in _findings(chosen, keys):
            print(f"ok: {finding}")
    except Refused as refusal:
        print(f"NOT TRUE: {refusal}")
        return 1
    return 0


def _findings(chosen: argparse.Namespace, keys: list[Key]) -> list[Finding]:
    text = read_text(chosen.file.read(MOST_BYTES + 1))
    if chosen.errand == "checkpoint":
        return check_checkpoint(read_checkpoint(text), keys)
    if chosen.errand == "extends":
        return check_extension(read_checkpoint(read_text(chosen.old.read(MOST_BYTES + 1))), read_extension(text), keys)
    receipt = read_receipt(text)
    findings = check_receipt(receipt, keys)
    return findings + (check_file(receipt, sha256_of(chosen.pdf)) if chosen.pdf else [])


def sha256_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def _key(given: str) -> Key:
    if "+" in given and "\n" not in given:
        try:
            return read_key(given)
        except Refused:
            pass
    with open(given, encoding="utf-8", errors="replace") as file:
        return read_key(file.readline(1000))


if __name__ == "__main__":
    sys.exit(main())
