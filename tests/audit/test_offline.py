"""verify.py on its own: it accepts valid files and refuses each forgery with a sentence."""

import ast
import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.audit.test_proofs import nodes_of
from trustcenter.audit import notes, offline, tree
from trustcenter.audit.log import detail_digest
from trustcenter.audit.text import canonical

NAME, COPY = "trust.example/log", b"%PDF-1.7 the copy"
ADDED = base64.b64encode(b"a" * 32).decode()


def key_pair(seed: int = 1) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def note(size: int, root: bytes, name: str = NAME, private: Ed25519PrivateKey | None = None) -> str:
    private = private or key_pair()
    return notes.checkpoint(name, size, root, public_key=public(private), sign=private.sign)


KEY = offline.read_key(notes.verifier_key(NAME, public(key_pair())))
BODY = canonical({"actor": "Rhea Diaz", "sha256": hashlib.sha256(COPY).hexdigest()})
INDEX, SIZE = 5, 11


def leaf(number: int, body: str = BODY) -> str:
    digest = detail_digest(b"k" * 32, body).hex()
    return canonical({"action": "agreement.sealed", "at": "2026-11-24T10:00:00Z", "detail": digest, "number": number})


LEAVES = [leaf(number).encode() for number in range(SIZE)]
ROOT = tree.root_of(map(tree.leaf_hash, LEAVES))
NOTE = note(SIZE, ROOT)


def extra(number: int = INDEX, body: str = BODY, key: bytes = b"k" * 32, **more: str) -> bytes:
    return canonical({"leaf": leaf(number), "key": key.hex(), "body": body, **more}).encode()


def told(**changes: object) -> bytes:
    """The record as ASCII JSON, which can contain characters that no valid text has."""
    return json.dumps(json.loads(extra()) | changes).encode()


LIST, HALF = b'["leaf", "key", "body"]', "\ud800"
RECEIPT = notes.receipt(INDEX, tree.inclusion(nodes_of(LEAVES), INDEX, SIZE), NOTE, extra=extra())


def receipt(text: str) -> list[offline.Finding]:
    return offline.check_receipt(offline.read_receipt(offline.read_text(text.encode())), [KEY])


def checkpoint(text: str) -> list[offline.Finding]:
    return offline.check_checkpoint(offline.read_checkpoint(offline.read_text(text.encode())), [KEY])


def with_lines(change) -> str:  # type: ignore[no-untyped-def]
    lines = RECEIPT.split("\n")
    change(lines)
    return "\n".join(lines)


def drop(at: int) -> str:
    return with_lines(lambda lines: lines.pop(at))


def put(at: int, line: str) -> str:
    return with_lines(lambda lines: lines.__setitem__(at, line))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_key_id_follows_the_specification():
    """c2sp.org/signed-note does not give the key of its example, so this test computes its formula."""
    raw = public(key_pair())
    expected = hashlib.sha256(NAME.encode() + b"\x0a\x01" + raw).digest()[:4]
    assert notes.key_id(NAME, raw) == expected == KEY.id
    assert base64.b64decode(NOTE.split(" ")[-1])[:4] == expected


def test_valid_files_are_described():
    said = [str(finding) for finding in receipt(RECEIPT)]
    assert said == [
        "The checkpoint is signed by the key of trust.example/log and covers 11 records.",
        "Record 5 is in the log: agreement.sealed at 2026-11-24T10:00:00Z.",
        f"The details belong to the record: {BODY}",
    ]
    assert len(checkpoint(NOTE)) == 1


def test_signature_by_an_unknown_key_is_ignored_and_reported():
    """C2SP: verifiers must ignore unknown signatures, which is how witnesses add theirs."""
    other = note(SIZE, ROOT, "witness.example/w1", key_pair(2)).split("\n")[-2]
    said = [str(finding) for finding in checkpoint(NOTE + other + "\n")]
    assert said[1] == "Other signatures were not checked: witness.example/w1."


NOTES = {
    "another key under our name": (note(SIZE, ROOT, NAME, key_pair(2)), "not signed by the log's key"),
    "our key under another name": (note(SIZE, ROOT, "evil.example/log"), "not signed by the log's key"),
    "forged name in the line": (NOTE.replace(f"— {NAME}", "— evil.example/log"), "not signed by the log's key"),
    "forged origin": (NOTE.replace(f"{NAME}\n", "evil.example/log\n", 1), "does not match the checkpoint"),
    "other size": (NOTE.replace("\n11\n", "\n12\n"), "does not match the checkpoint"),
    "other root": (NOTE.replace(b64(ROOT), b64(b"r" * 32)), "does not match the checkpoint"),
    "same signature twice": (NOTE + NOTE.split("\n")[-2] + "\n", "two signatures by the same key"),
    "second and wrong signature": (
        NOTE + f"— {NAME} {b64(KEY.id + b's' * 64)}\n",
        "two signatures by the same key",
    ),
    "trailing line": (NOTE + "more\n", "text was added at the end"),
    "trailing letter": (NOTE + "x", "incomplete, or text was added"),
    "trailing blank line": (NOTE + "\n", "not a signed note"),
    "trailing space": (NOTE[:-1] + " \n", "not signatures"),
    "no end of line": (NOTE[:-1], "incomplete"),
    "no signature": (NOTE.split("\n\n")[0] + "\n\n", "not a signed note"),
    "no blank line": (NOTE.replace("\n\n", "\n"), "not a signed note"),
    "windows lines": (NOTE.replace("\n", "\r\n"), "Windows line endings"),
    "control character": (NOTE.replace("\n11\n", "\n1\x001\n"), "control characters"),
    "tab": (NOTE.replace("— ", "—\t"), "control characters"),
    "dash that is none": (NOTE.replace("— ", "- "), "not signatures"),
    "leading zero": (NOTE.replace("\n11\n", "\n011\n"), "not a whole number"),
    "sign": (NOTE.replace("\n11\n", "\n+11\n"), "not a whole number"),
    "other digits": (NOTE.replace("\n11\n", "\n١١\n"), "not a whole number"),
    "huge size": (NOTE.replace("\n11\n", f"\n{2**63}\n"), "is too large"),
    "endless size": (NOTE.replace("\n11\n", "\n" + "9" * 5000 + "\n"), "is too large"),
    "root of other letters": (NOTE.replace(b64(ROOT), b64(ROOT).replace("=", "")), "root is not valid base64"),
    "root with spare bits": (NOTE.replace(b64(ROOT), b64(ROOT)[:-2] + "9="), "root is not valid base64"),
    "short root": (NOTE.replace(b64(ROOT), b64(b"r" * 31)), "not a SHA-256 hash"),
    "short signature": (NOTE.replace(NOTE.split(" ")[-1], b64(KEY.id) + "\n"), "too short"),
    "url-safe signature": (NOTE.replace(NOTE.split(" ")[-1], "-_" + NOTE.split(" ")[-1][2:]), "not valid base64"),
    "blank origin": (NOTE.replace(NAME, "", 1), "not a checkpoint"),
    "two lines only": (f"{NAME}\n11\n\n" + NOTE.split("\n")[-2] + "\n", "not a checkpoint"),
    "too many signatures": (NOTE + (f"— w.example {b64(b'12345')}\n") * 32, "too many signatures"),
    "very long": (NOTE + f"— w.example {b64(b'1' * 70000)}\n", "longer than any"),
    "empty": ("", "not a signed note"),
}
RECEIPTS = {
    "another first line": (put(0, "c2sp.org/tlog-proof@v2"), "not a receipt"),
    "no record": (drop(1), "does not contain its record"),
    "no index": (drop(2), "does not contain the record's number"),
    "another index": (put(2, "index 6"), "hashes do not lead"),
    "index beyond": (put(2, "index 11"), "covers only 11 records"),
    "huge index": (put(2, f"index {2**63}"), "too large"),
    "negative index": (put(2, "index -1"), "not a whole number"),
    "leading zero": (put(2, "index 05"), "not a whole number"),
    "one hash fewer": (drop(3), "hashes do not lead"),
    "one hash more": (with_lines(lambda lines: lines.insert(3, ADDED)), "hashes do not lead"),
    "changed hash": (put(3, b64(b"h" * 32)), "hashes do not lead"),
    "short hash": (put(3, b64(b"h" * 31)), "not a SHA-256 hash"),
    "hash of other letters": (put(3, b64(b"h" * 32)[:-1]), "not valid base64"),
    "a hundred hashes": (
        with_lines(lambda lines: lines.__setitem__(slice(3, 3), [ADDED] * 100)),
        "too long",
    ),
    "no checkpoint": (RECEIPT.split("\n\n")[0] + "\n", "has no checkpoint"),
    "unsigned checkpoint": (RECEIPT.rpartition("\n\n")[0] + "\n\n", "not a signed note"),
    "other record": (put(1, f"extra {b64(extra(6))}"), "hashes do not lead"),
    "other words": (put(1, f"extra {b64(extra(body='{}'))}"), "do not belong to the record"),
    "other key": (put(1, f"extra {b64(extra(key=b'x' * 32))}"), "do not belong to the record"),
    "more in the record": (put(1, f"extra {b64(extra(more='x'))}"), "cannot be read"),
    "record of no object": (put(1, f"extra {b64(b'[]')}"), "cannot be read"),
    "record that is a list": (put(1, f"extra {b64(LIST)}"), "cannot be read"),
    "record with a number for words": (put(1, f"extra {b64(told(body=5))}"), "cannot be read"),
    "half a character in the leaf": (put(1, f"extra {b64(told(leaf=HALF))}"), "cannot be read"),
    "half a character in the key": (put(1, f"extra {b64(told(key=HALF))}"), "cannot be read"),
    "half a character in the words": (put(1, f"extra {b64(told(body=HALF))}"), "cannot be read"),
    "key in capitals": (put(1, f"extra {b64(told(key=(b'k' * 31 + b'z').hex().upper()))}"), "cannot be read"),
    "key with spaces": (put(1, f"extra {b64(told(key='6b ' * 32))}"), "cannot be read"),
    "record of deep nesting": (put(1, f"extra {b64(b'[' * 20000)}"), "cannot be read"),
    "record of other letters": (put(1, "extra ???"), "not valid base64"),
    "trailing line": (RECEIPT + "x\n", "text was added"),
    "windows lines": (RECEIPT.replace("\n", "\r\n"), "Windows line endings"),
    "forged note name": (RECEIPT.replace(f"— {NAME}", "— evil.example/log"), "not signed by the log's key"),
    "empty": ("", "not a receipt"),
}


@pytest.mark.parametrize(("text", "said"), NOTES.values(), ids=NOTES)
def test_forged_checkpoint_is_refused(text, said):
    with pytest.raises(offline.Refused, match=said):
        checkpoint(text)


@pytest.mark.parametrize(("text", "said"), RECEIPTS.values(), ids=RECEIPTS)
def test_forged_receipt_is_refused(text, said):
    with pytest.raises(offline.Refused, match=said):
        receipt(text)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"%PDF-1.7", "This is a PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x89PNG\r\n", "This is a picture"),
        (b"\xff\xd8\xff\xe0", "This is a picture"),
        (b"<!doctype html>", "This is a web page"),
        (b"Received: from mail", "This is an e-mail"),
    ],
)
def test_other_kind_of_file_is_named(start, said):
    with pytest.raises(offline.Refused, match=said):
        offline.read_text(start + b"\0" * 100)


def test_each_changed_byte_is_refused():
    raw = RECEIPT.encode()
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(offline.Refused):
            offline.check_receipt(offline.read_receipt(offline.read_text(changed)), [KEY])


def test_record_with_another_number_than_its_leaf_is_refused():
    """A leaf that states another position: only a log that breaks its rules could sign it."""
    leaves = [*LEAVES[:INDEX], leaf(7).encode(), *LEAVES[INDEX + 1 :]]
    signed = note(SIZE, tree.root_of(map(tree.leaf_hash, leaves)))
    text = notes.receipt(INDEX, tree.inclusion(nodes_of(leaves), INDEX, SIZE), signed, extra=extra(7))
    with pytest.raises(offline.Refused, match="has another number"):
        receipt(text)


ODD_LEAVES = {
    "its digest in other letters": {"detail": "é" * 64},
    "its digest a number": {"detail": 5},
    "half a character": {"action": HALF},
    "a list": [],
}


@pytest.mark.parametrize("odd", ODD_LEAVES.values(), ids=ODD_LEAVES)
def test_record_that_only_a_broken_log_could_sign_is_refused(odd):
    text = json.dumps(json.loads(leaf(0)) | odd if odd else odd)
    signed = note(1, tree.root_of([tree.leaf_hash(text.encode())]))
    with pytest.raises(offline.Refused, match=r"another number|do not belong"):
        receipt(notes.receipt(0, [], signed, extra=told(leaf=text)))


@pytest.mark.parametrize("line", ["", "x", "a+b+c", f"{NAME}+00000000+{b64(bytes([1]) + b'k' * 32)}", f"{NAME}+x"])
def test_invalid_key_is_refused(line):
    with pytest.raises(offline.Refused):
        offline.read_key(line)


def extension(old: int, new: int = SIZE) -> str:
    signed = note(new, tree.root_of(map(tree.leaf_hash, LEAVES[:new])))
    return notes.extension(old, tree.consistency(nodes_of(LEAVES), old, new), signed)


@pytest.mark.parametrize("old", range(1, SIZE + 1))
def test_consistency_proof_is_accepted(old):
    earlier = offline.read_checkpoint(note(old, tree.root_of(map(tree.leaf_hash, LEAVES[:old]))))
    said = offline.check_extension(earlier, offline.read_extension(extension(old)), [KEY])
    assert str(said[-1]) == f"The log grew from {old} to 11 records, and no earlier record was changed."


@pytest.mark.parametrize(
    ("earlier", "proof", "said"),
    [
        (note(4, b"r" * 32), extension(4), "does not begin with the earlier one"),
        (note(5, ROOT), extension(4), "starts from 4 records, but the earlier checkpoint covers 5"),
        (note(4, ROOT, "other.example/log"), extension(4), "not signed by the log's key"),
        (note(11, b"r" * 32), extension(11), "does not begin with the earlier one"),
    ],
)
def test_wrong_consistency_proof_is_refused(earlier, proof, said):
    with pytest.raises(offline.Refused, match=said):
        offline.check_extension(offline.read_checkpoint(earlier), offline.read_extension(proof), [KEY])


# -- As a program --------------------------------------------------------------------------------------------------------


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """Runs verify.py in an empty folder, like a person who downloaded it."""
    program = tmp_path / "verify.py"
    program.write_bytes(Path(offline.__file__).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", str(program), *arguments], cwd=tmp_path, capture_output=True, text=True, env={}
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def without_a_file() -> str:
    """The receipt of a record without a file."""
    body = canonical({"actor": "Rhea Diaz"})
    text = leaf(0, body).encode()
    return notes.receipt(
        0, [], note(1, tree.root_of([tree.leaf_hash(text)])), extra=told(leaf=text.decode(), body=body)
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "r.tlog-proof").write_text(RECEIPT)
    (tmp_path / "no-file.tlog-proof").write_text(without_a_file())
    (tmp_path / "c.checkpoint").write_text(NOTE)
    (tmp_path / "old.checkpoint").write_text(note(4, tree.root_of(map(tree.leaf_hash, LEAVES[:4]))))
    (tmp_path / "grown").write_text(extension(4))
    (tmp_path / "log.key").write_text(notes.verifier_key(NAME, public(key_pair())) + "\n")
    (tmp_path / "copy.pdf").write_bytes(COPY)
    (tmp_path / "other.pdf").write_bytes(COPY + b"\n")
    (tmp_path / "no.key").write_text("nothing\n")
    (tmp_path / "binary.key").write_bytes(b"\xff\xfe\n")
    for name in ("record that is a list", "half a character in the leaf", "half a character in the words"):
        (tmp_path / f"{name.split()[-1]}.tlog-proof").write_text(RECEIPTS[name][0])
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("receipt r.tlog-proof --key log.key", 0, "Record 5 is in the log"),
        ("receipt r.tlog-proof --key log.key --pdf copy.pdf", 0, "exactly the one that the record names"),
        ("receipt r.tlog-proof --key log.key --pdf other.pdf", 1, "Not valid: The file is not the one"),
        ("receipt no-file.tlog-proof --key log.key", 0, "Valid"),
        (
            "receipt no-file.tlog-proof --key log.key --pdf copy.pdf",
            1,
            "The PDF was not checked. This receipt names no",
        ),
        ("receipt c.checkpoint --key log.key", 1, "Not valid: The file is not a receipt"),
        ("checkpoint c.checkpoint --key log.key", 0, "covers 11 records"),
        ("checkpoint r.tlog-proof --key log.key", 1, "Not valid"),
        ("extends old.checkpoint grown --key log.key", 0, "grew from 4 to 11 records"),
        ("extends c.checkpoint grown --key log.key", 1, "starts from 4 records"),
        ("receipt list.tlog-proof --key log.key", 1, "Not valid: The record in the receipt cannot be read"),
        ("receipt leaf.tlog-proof --key log.key", 1, "Not valid: The record in the receipt cannot be read"),
        ("receipt words.tlog-proof --key log.key", 1, "Not valid: The record in the receipt cannot be read"),
        ("checkpoint c.checkpoint --key no.key", 2, "not a verifier key"),
        ("checkpoint c.checkpoint --key binary.key", 2, "not a verifier key"),
        ("checkpoint c.checkpoint --key missing.key", 2, "--key"),
        ("checkpoint missing --key log.key", 2, "missing"),
        ("checkpoint c.checkpoint", 2, "--key"),
        ("", 2, "usage"),
        ("--help", 0, "Exit status: 0 valid, 1 not valid, 2 wrong usage."),
    ],
)
def test_program_prints_sentences_and_returns_exit_statuses(folder, arguments, code, said):
    found = run(folder, *arguments.split())
    assert found[0] == code and said in found[1]


def test_program_needs_only_python_3_9_and_one_package():
    source = Path(offline.__file__).read_text()
    module = ast.parse(source, feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(module)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_receipt_contains_the_leaf_as_it_was_hashed():
    found = json.loads(base64.b64decode(RECEIPT.split("\n")[1].removeprefix("extra ")))
    assert hashlib.sha256(b"\x00" + found["leaf"].encode()).digest() == tree.leaf_hash(LEAVES[INDEX])
