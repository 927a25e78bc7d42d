#!/usr/bin/env python3
"""Checks receipts and checkpoints of a trust center's audit log on your own computer, without the trust center.

    verify.py receipt FILE.tlog-proof --key KEY [--pdf FILE.pdf]
        Is this record in the log, and is this the file that the record names?
    verify.py checkpoint FILE --key KEY
        Did the log sign this checkpoint?
    verify.py posture FILE RECEIPT.tlog-proof --key KEY
        Is this posture.json what the trust center published, and when?
    verify.py extends OLD_CHECKPOINT PROOF --key KEY
        Has the log only grown since an earlier checkpoint?

It prints "Valid" and what it found, or "Not valid" and the reason. It needs Python 3.9 or newer with the package
`cryptography`, and it opens no network connection.

KEY is the log's verifier key, or a file that contains it. The log publishes it at /.well-known/trustcenter/log/key and
sends it with each mailed checkpoint. Keep a copy: a result is only as trustworthy as the place where the key came from.

Exit status: 0 valid, 1 not valid, 2 wrong usage.

Formats: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof, c2sp.org/tlog-witness (consistency proofs),
RFC 6962 section 2.1 (the Merkle tree), RFC 8032 (Ed25519).
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
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# A receipt contains one record; a note may have 16 signatures (signed-note). No file of a log exceeds these limits.
MAX_BYTES, MAX_SIGNATURES, MAX_HASHES, SIZE_LIMIT = 64 * 1024, 32, 63, 2**63
# A signed copy is far smaller, and so is every file in it.
MAX_PDF, MAX_STREAM = 64 * 1024 * 1024, 4 * 1024 * 1024
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
PROOF, DASH = "c2sp.org/tlog-proof@v1", "—"
ED25519 = 1
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def _(sentence: str) -> str:
    """Marks a sentence for translation. The website translates it; this program prints it in English."""
    return sentence


# What people choose by mistake, by its first bytes.
OTHER_KINDS = (
    (b"%PDF-", _("This is a PDF. Choose its receipt here, a file that ends in .tlog-proof, and the PDF beside it.")),
    (b"PK\x03\x04", _("This is a ZIP archive or an Office document. Unpack it, and choose the receipt in it.")),
    (b"\x89PNG", _("This is a picture. Choose the receipt itself, a file that ends in .tlog-proof.")),
    (b"\xff\xd8\xff", _("This is a picture. Choose the receipt itself, a file that ends in .tlog-proof.")),
    (b"<", _("This is a web page. Download the receipt itself, a file that ends in .tlog-proof.")),
    (b"Return-Path:", _("This is an e-mail. Save its attachment, and choose that.")),
    (b"Received:", _("This is an e-mail. Save its attachment, and choose that.")),
    (b"Delivered-To:", _("This is an e-mail. Save its attachment, and choose that.")),
)


class Refused(Exception):
    """Something is not valid: a sentence that says why, and the values for its placeholders."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values)
        self.sentence, self.values = sentence, values


class NothingToCompare(Refused):
    """The receipt is valid, but its record names no file that could be compared."""


@dataclass(frozen=True)
class Finding:
    """Something that is valid: a sentence, and the values for its placeholders."""

    sentence: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence % self.values


# -- Keys ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A verifier key: the name of the log, the key's id, and the public key."""

    name: str
    id: bytes
    public: bytes

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether this key made the signature over the text."""
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
        raise Refused(_("The key's id does not match its name and bytes: the line was changed."))
    return key


# -- Reading files ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    """A signed tree head. `text` is what the signatures cover; `signatures` are (name, key id, signature)."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: list[tuple[str, bytes, bytes]]


@dataclass(frozen=True)
class Receipt:
    """Proof that a record is in a log: its index, its audit path from the leaf up, the checkpoint, and the record."""

    index: int
    path: list[bytes]
    checkpoint: Checkpoint
    leaf: str
    key: bytes
    body: str


@dataclass(frozen=True)
class Extension:
    """Proof that the log of a checkpoint begins with the `old` records of an earlier checkpoint."""

    old: int
    path: list[bytes]
    checkpoint: Checkpoint


def read_text(data: bytes) -> str:
    """The text of a file. Raises Refused if it cannot be a receipt or a checkpoint."""
    for start, sentence in OTHER_KINDS:
        if data.startswith(start):
            raise Refused(sentence)
    if len(data) > MAX_BYTES:
        raise Refused(_("The file is longer than any receipt or checkpoint."))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(_("The file is not UTF-8 text.")) from None
    if "\r" in text:
        raise Refused(
            _("The file has Windows line endings: a mail program or an editor changed it. Download it again.")
        )
    if any(ord(character) < 32 and character != "\n" for character in text):
        raise Refused(_("The file has control characters. No receipt or checkpoint has any."))
    return text


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint in exactly the specified form. Raises Refused."""
    body, blank, rest = text.rpartition("\n\n")
    if not blank or not rest:
        raise Refused(_("This is not a signed note: it has no blank line followed by signatures."))
    if not rest.endswith("\n"):
        raise Refused(_("The last line is incomplete, or text was added at the end."))
    lines = rest[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Refused(_("The note has too many signatures."))
    signatures = [_signature(line) for line in lines]
    origin, *more = body.split("\n")
    if len(more) < 2 or not all([origin, *more]):
        raise Refused(
            _("The note is not a checkpoint: it needs an origin, a size and a root, each on a line of its own.")
        )
    root = _decoded(more[1], Refused(_("The root is not valid base64.")))
    if len(root) != 32:
        raise Refused(_("The root is not a SHA-256 hash."))
    return Checkpoint(origin, _number(more[0]), root, body + "\n", signatures)


def read_receipt(text: str) -> Receipt:
    """A receipt in exactly the specified form. Raises Refused."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != PROOF:
        raise Refused(_("The file is not a receipt: its first line is not “c2sp.org/tlog-proof@v1”."))
    if not blank:
        raise Refused(_("The receipt has no checkpoint. It should follow after a blank line."))
    if len(lines) < 2 or not lines[1].startswith("extra "):
        raise Refused(_("The receipt does not contain its record."))
    if len(lines) < 3 or not lines[2].startswith("index "):
        raise Refused(_("The receipt does not contain the record's number."))
    extra = _decoded(lines[1][6:], Refused(_("The record in the receipt is not valid base64.")))
    leaf, key, body = _record(extra)
    return Receipt(_number(lines[2][6:]), _hashes(lines[3:]), read_checkpoint(note), leaf, key, body)


def read_extension(text: str) -> Extension:
    """A consistency proof in exactly the specified form. Raises Refused."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or not lines[0].startswith("old "):
        raise Refused(_("The file is not a consistency proof: its first line is not “old” and a size."))
    return Extension(_number(lines[0][4:]), _hashes(lines[1:]), read_checkpoint(note))


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != DASH or not _is_name(parts[1]):
        raise Refused(_("The last lines are not signatures: text was added at the end."))
    data = _decoded(parts[2], Refused(_("A signature is not valid base64.")))
    if len(data) < 5:
        raise Refused(_("A signature is too short."))
    return parts[1], data[:4], data[4:]


def _record(extra: bytes) -> tuple[str, bytes, str]:
    wrong = Refused(_("The record in the receipt cannot be read."))
    try:
        found = json.loads(extra.decode("utf-8"))
        if not isinstance(found, dict) or set(found) != {"leaf", "key", "body"}:
            raise wrong
        # JSON can write half of a surrogate pair, which has no bytes to hash. And join refuses everything but text.
        "".join(found.values()).encode()
        key = bytes.fromhex(found["key"])
        # One spelling only, so that no two files mean the same: fromhex also takes capitals and spaces.
        if key.hex() != found["key"]:
            raise wrong
        return found["leaf"], key, found["body"]
    except (ValueError, TypeError, RecursionError):
        raise wrong from None


def _hashes(lines: Sequence[str]) -> list[bytes]:
    if len(lines) > MAX_HASHES:
        raise Refused(_("The proof is too long."))
    found = [_decoded(line, Refused(_("A hash of the proof is not valid base64."))) for line in lines]
    if any(len(one) != 32 for one in found):
        raise Refused(_("A line of the proof is not a SHA-256 hash."))
    return found


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text) or int(text) >= SIZE_LIMIT:
        raise Refused(_("“%(text)s” is not a whole number, or is too large."), text=text[:40])
    return int(text)


def _decoded(text: str, wrong: Refused) -> bytes:
    """The bytes of standard base64 with padding. Accepts one form only, so that no two files mean the same."""
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
    """What is valid about a checkpoint that one of the keys signed. Raises Refused."""
    known = {(key.name, key.id): key for key in keys}
    ours = [line for line in checkpoint.signatures if line[:2] in known]
    if not ours:
        names = ", ".join(sorted({name for name, _id, _signature in checkpoint.signatures}))
        raise Refused(_("The checkpoint is not signed by the log's key. It names %(names)s."), names=names[:200])
    if len({line[:2] for line in ours}) != len(ours):
        raise Refused(_("The checkpoint has two signatures by the same key. The log never writes that."))
    for name, id, signature in ours:
        if not known[name, id].signed(checkpoint.text, signature):
            raise Refused(_("The signature does not match the checkpoint: one of them was changed."))
        if checkpoint.origin != name:
            raise Refused(
                _("The checkpoint belongs to another log than the key: %(origin)s."), origin=checkpoint.origin[:200]
            )
    if not checkpoint.size and checkpoint.root != hashlib.sha256(b"").digest():
        raise Refused(_("The checkpoint covers no record, but its root is not that of an empty log."))
    sentence = _("The checkpoint is signed by the key of %(origin)s and covers %(size)s records.")
    findings = [Finding(sentence, {"origin": checkpoint.origin, "size": checkpoint.size})]
    # A checkpoint may have other signatures, such as those of witnesses. They cannot be checked with these keys.
    if len(ours) < len(checkpoint.signatures):
        others = sorted({name for name, id, _signature in checkpoint.signatures if (name, id) not in known})
        findings.append(Finding(_("Other signatures were not checked: %(names)s."), {"names": ", ".join(others)[:200]}))
    return findings


def check_receipt(receipt: Receipt, keys: Iterable[Key]) -> list[Finding]:
    """What is valid about a receipt: the record is in the signed log, and the details are its own. Raises Refused."""
    findings = check_checkpoint(receipt.checkpoint, keys)
    size = receipt.checkpoint.size
    if receipt.index >= size:
        raise Refused(
            _("The record has the number %(index)s, but the checkpoint covers only %(size)s records."),
            index=receipt.index,
            size=size,
        )
    leaf_hash = hashlib.sha256(b"\x00" + receipt.leaf.encode()).digest()
    if root_by_inclusion(leaf_hash, receipt.index, size, receipt.path) != receipt.checkpoint.root:
        raise Refused(_("The record is not in the log: the hashes do not lead to the checkpoint's root."))
    leaf = _object(receipt.leaf)
    if leaf.get("number") != receipt.index:
        raise Refused(_("The record has another number than the receipt."))
    if leaf.get("detail") != hmac.digest(receipt.key, receipt.body.encode(), "sha256").hex():
        raise Refused(_("The details in the receipt do not belong to the record."))
    sentence = _("Record %(index)s is in the log: %(action)s at %(at)s.")
    values = {"index": receipt.index, "action": leaf.get("action"), "at": leaf.get("at")}
    return [
        *findings,
        Finding(sentence, values),
        Finding(_("The details belong to the record: %(body)s"), {"body": receipt.body}),
    ]


def check_file(receipt: Receipt, sha256: str) -> list[Finding]:
    """Whether a file has the SHA-256 that the record names. Call it after check_receipt. Raises Refused."""
    recorded = _object(receipt.body).get("sha256")
    if not recorded:
        raise NothingToCompare(
            _("This receipt names no file to compare. The receipt of a signed copy or of a downloaded copy does.")
        )
    if recorded != sha256:
        raise Refused(_("The file is not the one that the record names: its SHA-256 is %(sha256)s."), sha256=sha256)
    return [Finding(_("The file is exactly the one that the record names: SHA-256 %(sha256)s."), {"sha256": sha256})]


def check_signed_copy(receipt: Receipt, file: BinaryIO) -> list[Finding]:
    """Whether a signed copy encloses the evidence of the signature that the record is about. Raises Refused.

    The record of a signature is older than its PDF, so it cannot name the PDF's SHA-256. It names that of the evidence,
    which the PDF encloses as a file.
    """
    evidence = _object(receipt.body).get("evidence_sha256")
    if evidence not in enclosed(file.read(MAX_PDF)):
        raise Refused(_("The file is not the signed copy of this signature: it does not enclose its evidence."))
    sentence = _(
        "The file encloses the evidence of this signature: SHA-256 %(sha256)s. Its other pages are proven by the receipt of"
        " the signed copy."
    )
    return [Finding(sentence, {"sha256": evidence})]


def enclosed(pdf: bytes) -> set[str]:
    """The SHA-256 of every stream of a PDF, as stored and unpacked; files that a PDF encloses are among them."""
    found = set()
    for stream in STREAM.finditer(pdf):
        data = stream[1]
        try:
            unpacked = zlib.decompressobj().decompress(data, MAX_STREAM)
        except zlib.error:
            unpacked = b""
        found |= {hashlib.sha256(one).hexdigest() for one in (data, unpacked)}
    return found


def check_extension(old: Checkpoint, proof: Extension, keys: Iterable[Key]) -> list[Finding]:
    """Whether the log of the proof's checkpoint begins with all records of the old checkpoint. Raises Refused."""
    keys = list(keys)
    check_checkpoint(old, keys)
    findings = check_checkpoint(proof.checkpoint, keys)
    if proof.checkpoint.origin != old.origin:
        raise Refused(_("The two checkpoints belong to different logs."))
    if proof.old != old.size:
        raise Refused(
            _("The proof starts from %(old)s records, but the earlier checkpoint covers %(size)s."),
            old=proof.old,
            size=old.size,
        )
    if not extends((old.size, old.root), (proof.checkpoint.size, proof.checkpoint.root), proof.path):
        raise Refused(_("The later log does not begin with the earlier one: records were changed or removed."))
    sentence = _("The log grew from %(old)s to %(new)s records, and no earlier record was changed.")
    return [*findings, Finding(sentence, {"old": old.size, "new": proof.checkpoint.size})]


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
        # The old tree is one full subtree of the new one, so the proof begins with its root.
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
        # Half of a surrogate pair could not be printed.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


# -- From the command line -------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="receipt|checkpoint|posture|extends")
    receipt = commands.add_parser("receipt", help="check that a record is in the log")
    receipt.add_argument("file", type=argparse.FileType("rb"))
    receipt.add_argument(
        "--pdf", type=argparse.FileType("rb"), help="also check that this is the file that the record names"
    )
    checkpoint = commands.add_parser("checkpoint", help="check that the log signed a checkpoint")
    checkpoint.add_argument("file", type=argparse.FileType("rb"))
    posture = commands.add_parser("posture", help="check that a posture.json is what the trust center published")
    posture.add_argument("posture", type=argparse.FileType("rb"), help="the posture.json that you saved")
    posture.add_argument("file", type=argparse.FileType("rb"), help="the receipt of its revision, from /changes/")
    grown = commands.add_parser("extends", help="check that the log has only grown since an earlier checkpoint")
    grown.add_argument("old", type=argparse.FileType("rb"), help="the earlier checkpoint")
    grown.add_argument(
        "file", type=argparse.FileType("rb"), help="the proof, from /.well-known/trustcenter/log/consistency/OLD/NEW"
    )
    for command in (receipt, checkpoint, posture, grown):
        command.add_argument("--key", required=True, help="the log's verifier key, or a file that contains it")
    chosen = parser.parse_args(arguments)
    try:
        keys = [_key(chosen.key)]
    except (Refused, OSError) as wrong:
        parser.error(f"--key: {wrong}")
    findings: list[Finding] = []
    try:
        for found in _checks(chosen, keys):
            findings += found
    except NothingToCompare as refusal:
        _print_valid(findings)
        print(f"The PDF was not checked. {refusal}")
        return 1
    except Refused as refusal:
        print(f"Not valid: {refusal}")
        return 1
    _print_valid(findings)
    return 0


def _print_valid(findings: Sequence[Finding]) -> None:
    print("Valid")
    for finding in findings:
        print(f"- {finding}")


def _checks(chosen: argparse.Namespace, keys: list[Key]) -> Iterator[list[Finding]]:
    text = read_text(chosen.file.read(MAX_BYTES + 1))
    if chosen.command == "checkpoint":
        yield check_checkpoint(read_checkpoint(text), keys)
    elif chosen.command == "extends":
        old = read_checkpoint(read_text(chosen.old.read(MAX_BYTES + 1)))
        yield check_extension(old, read_extension(text), keys)
    else:
        receipt = read_receipt(text)
        yield check_receipt(receipt, keys)
        if chosen.command == "posture":
            yield check_posture(receipt, sha256_of(chosen.posture))
        elif chosen.pdf:
            yield check_pdf(receipt, chosen.pdf)


def check_posture(receipt: Receipt, sha256: str) -> list[Finding]:
    """Whether a posture.json is the one of the revision that the record is about. Raises Refused."""
    leaf, body = _object(receipt.leaf), _object(receipt.body)
    if leaf.get("action") != "content.revised":
        raise Refused(_("This is not the receipt of a revision. Download the one beside the revision at /changes/."))
    words = {"number": body.get("number"), "at": leaf.get("at")}
    return [
        *check_file(receipt, sha256),
        Finding(_("The trust center published it as revision %(number)s at %(at)s."), words),
    ]


def check_pdf(receipt: Receipt, file: BinaryIO) -> list[Finding]:
    """Whether a PDF is the one that the record is about, by its own hash or by that of the evidence in it."""
    if "evidence_sha256" in _object(receipt.body):
        return check_signed_copy(receipt, file)
    return check_file(receipt, sha256_of(file))


def sha256_of(file: BinaryIO) -> str:
    """The SHA-256 of a file in hexadecimal digits, read in pieces."""
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
