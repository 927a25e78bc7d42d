"""Recomputes the whole log and names the first record that does not fit."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from trustcenter.audit import offline, tree
from trustcenter.audit.actions import Action
from trustcenter.audit.log import detail_digest, leaf_data
from trustcenter.audit.models import Checkpoint, Detail, Head, Record, Subtree

# Read in pieces by number: a cursor held open for the whole log would be lost with its transaction.
BATCH = 5000


@dataclass(frozen=True)
class Whole:
    """The log fits: its size and RFC 6962 root, how many checkpoints it agrees with, how many details were erased."""

    size: int
    root: bytes
    checkpoints: int
    erased: int


class Broken(Exception):
    """The log does not fit: the number of the first bad record, and what is wrong with it."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"record {number}: {what}")
        self.number = number


@dataclass
class _Seen:
    """What has been read so far."""

    grown: tree.Frontier = field(default_factory=tree.Frontier)
    erased: set[int] = field(default_factory=set)
    # By record: the record that says it was erased.
    told: dict[int, int] = field(default_factory=dict)


def verify(against: Iterable[offline.Checkpoint] = ()) -> Whole:
    """Reads every record in order, without holding up those who write. Raises Broken at the first that does not fit.

    Compares with every checkpoint in the database and with those given, whose signatures the caller has checked: what
    was rebuilt with all its roots fits itself, and only an earlier checkpoint tells. Records written meanwhile lie
    beyond the head that was read first and wait for the next run.
    """
    stored_up_to = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    known = _known(against)
    head = Head.objects.filter(id=1).first() or Head()
    seen = _Seen()
    while seen.grown.size < head.size:
        batch = range(seen.grown.size, min(seen.grown.size + BATCH, head.size))
        rows = Record.objects.filter(number__gte=batch.start, number__lt=batch.stop)
        details = Detail.objects.filter(record_id__gte=batch.start, record_id__lt=batch.stop)
        found, words = {row.number: row for row in rows}, {row.record_id: row for row in details}
        for number in batch:
            _check(number, found.get(number), words.get(number), seen)
            _compare(seen.grown, known)
        _check_subtrees(seen.grown, stored_up_to)
    _check_end(head, seen, known)
    return Whole(seen.grown.size, seen.grown.root(), sum(map(len, known.values())), len(seen.erased))


def _known(against: Iterable[offline.Checkpoint]) -> dict[int, set[bytes]]:
    """Roots by size. The newest checkpoint's note is checked; an older one is as good as its root, which is compared."""
    known: dict[int, set[bytes]] = {}
    for size, root in Checkpoint.objects.values_list("size", "root"):
        known.setdefault(size, set()).add(bytes(root))
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is not None:
        try:
            note = offline.read_checkpoint(newest.note)
            offline.check_checkpoint(note, [offline.read_key(newest.verifier_key)])
        except offline.Refused as wrong:
            raise Broken(newest.size - 1, f"the checkpoint after it does not hold: {wrong}") from wrong
        known.setdefault(note.size, set()).add(note.root)
    for checkpoint in against:
        known.setdefault(checkpoint.size, set()).add(checkpoint.root)
    return known


def _check(number: int, row: Record | None, detail: Detail | None, seen: _Seen) -> None:
    if row is None:
        raise Broken(number, "missing")
    if seen.grown.append(tree.leaf_hash(leaf_data(row))) != bytes(row.root):
        raise Broken(number, "its content does not give the root that was written with it")
    if detail is None:
        raise Broken(number, "its detail is missing")
    if detail.erased_by_id is not None:
        if detail.body or detail.key:
            raise Broken(number, "its detail is called erased and is not")
        seen.erased.add(number)
    elif detail_digest(bytes(detail.key), detail.body) != bytes(row.detail_digest):
        raise Broken(number, "its detail was changed")
    elif row.action == Action.LOG_ERASED:
        for first, last in _numbers(number, detail.body):
            seen.told |= dict.fromkeys(range(first, min(last, number - 1) + 1), number)


def _numbers(number: int, body: str) -> list[tuple[int, int]]:
    try:
        return [(int(first), int(last)) for first, last in json.loads(body)["numbers"]]
    except (ValueError, TypeError, KeyError) as wrong:
        raise Broken(number, "it tells of an erasing and does not say of which records") from wrong


def _compare(grown: tree.Frontier, known: dict[int, set[bytes]]) -> None:
    if grown.size in known and known[grown.size] != {grown.root()}:
        before = max([size for size in known if size < grown.size], default=0)
        raise Broken(
            grown.size - 1,
            f"the first {grown.size} records are not the ones that the checkpoint of {grown.size} was signed over: "
            f"one of the records from {before} on was changed, and every root after it made to fit",
        )


def _check_subtrees(grown: tree.Frontier, signed: int) -> None:
    """Compares the stored roots that proofs are made from with the ones just computed, and forgets those."""
    by_level: dict[int, dict[int, bytes]] = {}
    for level, index, root in grown.completed:
        by_level.setdefault(level, {})[index] = root
    for level, roots in by_level.items():
        rows = Subtree.objects.filter(level=level, index__gte=min(roots), index__lte=max(roots))
        stored = {index: bytes(root) for index, root in rows.values_list("index", "root")}
        for index, root in roots.items():
            # They are stored with the checkpoint that covers them.
            if stored.get(index, root) != root or (index not in stored and (index + 1) << level <= signed):
                raise Broken(index << level, f"the stored root of the {1 << level} records from it on was changed")
    grown.completed.clear()


def _check_end(head: Head, seen: _Seen, known: dict[int, set[bytes]]) -> None:
    size = seen.grown.size
    if seen.grown.packed() != bytes(head.frontier):
        raise Broken(max(size - 1, 0), "the head does not fit the records")
    signed = max(known, default=0)
    if signed > size:
        raise Broken(size, f"missing: a checkpoint was signed over {signed} records, and only {size} are left")
    if untold := seen.erased - seen.told.keys():
        raise Broken(min(untold), "its detail is gone, and no record says that it was erased")
    if kept := seen.told.keys() - seen.erased:
        raise Broken(min(kept), f"its detail is there, and record {seen.told[min(kept)]} says that it was erased")
    # A row beyond the head that no later head counts was slipped in past the log's writer.
    beyond = Record.objects.filter(number__gte=size).order_by("-number").first()
    if beyond and beyond.number >= Head.objects.get(id=1).size:
        raise Broken(beyond.number, "written past the head")
