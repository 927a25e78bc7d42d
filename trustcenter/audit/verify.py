"""Recomputes the whole log and names the first record that does not fit."""

from dataclasses import dataclass

from trustcenter.audit import tree
from trustcenter.audit.log import detail_digest, leaf_data
from trustcenter.audit.models import Detail, Head, Record


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
    details = Detail.objects.filter(record_id__lt=head.size).order_by("record_id").iterator(chunk_size=2000)
    for row in Record.objects.filter(number__lt=head.size).order_by("number").iterator(chunk_size=2000):
        if row.number != grown.size:
            raise Broken(grown.size, "missing")
        if grown.append(tree.leaf_hash(leaf_data(row))) != bytes(row.root):
            raise Broken(row.number, "its content does not give the root that was written with it")
        detail = next(details, None)
        if detail is None or detail.record_id != row.number:
            raise Broken(row.number, "its detail is missing")
        if detail_digest(bytes(detail.key), detail.body) != bytes(row.detail_digest):
            raise Broken(row.number, "its detail was changed")
    if grown.size != head.size:
        raise Broken(grown.size, f"missing; the head counts {head.size} records")
    if grown.packed() != bytes(head.frontier):
        raise Broken(max(head.size - 1, 0), "the head does not fit the records")
    # A row beyond the head that no later head counts was slipped in past the log's writer.
    beyond = Record.objects.filter(number__gte=head.size).order_by("-number").first()
    if beyond and beyond.number >= Head.objects.get(id=1).size:
        raise Broken(beyond.number, "written past the head")
    return Whole(grown.size, grown.root())
