"""Recomputes the whole log and names the first record that was changed."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from trustcenter.audit import offline, tree
from trustcenter.audit.actions import Action
from trustcenter.audit.log import detail_digest, leaf_data
from trustcenter.audit.models import Checkpoint, Detail, Head, Record, Subtree
from trustcenter.audit.state import Told

# Records are read in batches: a cursor that is open for the whole log would end with its transaction.
BATCH = 5000


@dataclass(frozen=True)
class Summary:
    """A valid log: its size and RFC 6962 root, how many checkpoints it agrees with, how many details were erased.

    `told` is what it says about rows; see `state.differences`.
    """

    size: int
    root: bytes
    checkpoints: int
    erased: int
    told: Told


class Broken(Exception):
    """The log is not valid: the number of the first wrong record, and what is wrong with it."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"record {number}: {reason}")
        self.number, self.reason = number, reason


@dataclass
class _Progress:
    """What has been read so far."""

    grown: tree.Frontier = field(default_factory=tree.Frontier)
    erased: set[int] = field(default_factory=set)
    # By record: the record that says that it was erased.
    reported: dict[int, int] = field(default_factory=dict)
    told: Told = field(default_factory=Told)


def verify(
    against: Iterable[offline.Checkpoint] = (), *, progress: Callable[[int, int], object] | None = None
) -> Summary:
    """Reads every record in order, without blocking writers. Raises Broken at the first record that is not valid.

    Compares with every checkpoint in the database and with those in `against`, whose signatures the caller has checked.
    A log that was rebuilt with new roots is consistent with itself; only an earlier checkpoint shows the change.
    Records that are written meanwhile are after the head that was read first, and are left for the next run.
    `progress` is told how many records of how many have been read.
    """
    stored_up_to = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    known = _known(against)
    head = Head.objects.filter(id=1).first() or Head()
    seen = _Progress()
    while seen.grown.size < head.size:
        batch = range(seen.grown.size, min(seen.grown.size + BATCH, head.size))
        rows = Record.objects.filter(number__gte=batch.start, number__lt=batch.stop)
        details = Detail.objects.filter(record_id__gte=batch.start, record_id__lt=batch.stop)
        records, bodies = {row.number: row for row in rows}, {row.record_id: row for row in details}
        for number in batch:
            _check(number, records.get(number), bodies.get(number), seen)
            _compare(seen.grown, known)
        _check_subtrees(seen.grown, stored_up_to)
        if progress:
            progress(seen.grown.size, head.size)
    _check_end(head, seen, known)
    return Summary(seen.grown.size, seen.grown.root(), sum(map(len, known.values())), len(seen.erased), seen.told)


def _known(against: Iterable[offline.Checkpoint]) -> dict[int, set[bytes]]:
    """Roots by size. Only the newest checkpoint's signature is checked; of older ones the root is compared."""
    known: dict[int, set[bytes]] = {}
    rows = Checkpoint.objects.order_by("size").values_list("number", "size", "root")
    for place, (number, size, root) in enumerate(rows, 1):
        if number != place:
            raise Broken(size - 1, f"checkpoint {place} is missing from the database")
        known.setdefault(size, set()).add(bytes(root))
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is not None:
        try:
            note = offline.read_checkpoint(newest.note)
            offline.check_checkpoint(note, [offline.read_key(newest.verifier_key)])
        except offline.Refused as wrong:
            raise Broken(newest.size - 1, f"the checkpoint after it is not valid: {wrong}") from wrong
        known.setdefault(note.size, set()).add(note.root)
    for checkpoint in against:
        known.setdefault(checkpoint.size, set()).add(checkpoint.root)
    return known


def _check(number: int, row: Record | None, detail: Detail | None, seen: _Progress) -> None:
    if row is None:
        raise Broken(number, "missing")
    if seen.grown.append(tree.leaf_hash(leaf_data(row))) != bytes(row.root):
        raise Broken(number, "its content does not match the root that was written with it")
    seen.told.read(row)
    if detail is None:
        raise Broken(number, "its detail is missing")
    if detail.erased_by_id is not None:
        if detail.body or detail.key:
            raise Broken(number, "its detail is marked as erased and is not")
        seen.erased.add(number)
    elif detail_digest(bytes(detail.key), detail.body) != bytes(row.detail_digest):
        raise Broken(number, "its detail was changed")
    elif row.action == Action.LOG_ERASED:
        for first, last in _numbers(number, detail.body):
            seen.reported |= dict.fromkeys(range(first, min(last, number - 1) + 1), number)


def _numbers(number: int, body: str) -> list[tuple[int, int]]:
    try:
        return [(int(first), int(last)) for first, last in json.loads(body)["numbers"]]
    except (ValueError, TypeError, KeyError) as wrong:
        raise Broken(number, "it says that records were erased and does not say which") from wrong


def _compare(grown: tree.Frontier, known: dict[int, set[bytes]]) -> None:
    if grown.size in known and known[grown.size] != {grown.root()}:
        before = max([size for size in known if size < grown.size], default=0)
        raise Broken(
            grown.size - 1,
            f"the first {grown.size} records are not those of the checkpoint of {grown.size} records: one of the records "
            f"from {before} on was changed, and every root after it was computed again",
        )


def _check_subtrees(grown: tree.Frontier, signed: int) -> None:
    """Compares the stored roots, from which proofs are made, with those just computed; then discards the latter."""
    by_level: dict[int, dict[int, bytes]] = {}
    for level, index, root in grown.completed:
        by_level.setdefault(level, {})[index] = root
    for level, roots in by_level.items():
        rows = Subtree.objects.filter(level=level, index__gte=min(roots), index__lte=max(roots))
        stored = {index: bytes(root) for index, root in rows.values_list("index", "root")}
        for index, root in roots.items():
            # Roots are stored together with the checkpoint that covers them.
            if stored.get(index, root) != root or (index not in stored and (index + 1) << level <= signed):
                raise Broken(index << level, f"the stored root of the {1 << level} records from here on was changed")
    grown.completed.clear()


def _check_end(head: Head, seen: _Progress, known: dict[int, set[bytes]]) -> None:
    size = seen.grown.size
    if seen.grown.packed() != bytes(head.frontier):
        raise Broken(max(size - 1, 0), "the log's head does not match its records")
    signed = max(known, default=0)
    if signed > size:
        raise Broken(size, f"missing: a checkpoint covers {signed} records, and only {size} are left")
    if unreported := seen.erased - seen.reported.keys():
        raise Broken(min(unreported), "its detail is gone, and no record says that it was erased")
    if kept := seen.reported.keys() - seen.erased:
        raise Broken(min(kept), f"its detail is there, but record {seen.reported[min(kept)]} says that it was erased")
    # A row after the head, which no later head counts, was inserted by something else than the log's writer.
    beyond = Record.objects.filter(number__gte=size).order_by("-number").first()
    if beyond and beyond.number >= Head.objects.get(id=1).size:
        raise Broken(beyond.number, "it was not written by the log, whose head does not count it")
