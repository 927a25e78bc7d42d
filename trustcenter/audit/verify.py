"""Recomputes the whole log and names the first record that does not fit."""

from dataclasses import dataclass

from trustcenter.audit import tree
from trustcenter.audit.log import detail_digest, leaf_data
from trustcenter.audit.models import Head, Record

# Read in pieces by number: a cursor held open for the whole log would be lost with its transaction.
BATCH = 5000


@dataclass(frozen=True)
class Whole:
    """The log fits: its size and RFC 6962 root."""

    size: int
    root: bytes


class Broken(Exception):
    """The log does not fit: the number of the first bad record, and what is wrong with it."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"record {number}: {what}")
        self.number = number


def verify() -> Whole:
    """Reads every record in order, without holding up those who write. Raises Broken at the first that does not fit.

    Records written meanwhile lie beyond the head that was read first and wait for the next run.
    """
    head = Head.objects.filter(id=1).first() or Head()
    grown = tree.Frontier()
    while grown.size < head.size:
        batch = range(grown.size, min(grown.size + BATCH, head.size))
        rows = Record.objects.filter(number__gte=batch.start, number__lt=batch.stop).select_related("detail")
        found = {row.number: row for row in rows}
        for number in batch:
            _check(number, found.get(number), grown)
    if grown.packed() != bytes(head.frontier):
        raise Broken(max(head.size - 1, 0), "the head does not fit the records")
    # A row beyond the head that no later head counts was slipped in past the log's writer.
    beyond = Record.objects.filter(number__gte=head.size).order_by("-number").first()
    if beyond and beyond.number >= Head.objects.get(id=1).size:
        raise Broken(beyond.number, "written past the head")
    return Whole(grown.size, grown.root())


def _check(number: int, row: Record | None, grown: tree.Frontier) -> None:
    if row is None:
        raise Broken(number, "missing")
    if grown.append(tree.leaf_hash(leaf_data(row))) != bytes(row.root):
        raise Broken(number, "its content does not give the root that was written with it")
    if not hasattr(row, "detail"):
        raise Broken(number, "its detail is missing")
    if detail_digest(bytes(row.detail.key), row.detail.body) != bytes(row.detail_digest):
        raise Broken(number, "its detail was changed")
