"""Nodes of the tree, read from the database: 256 records or 256 stored roots at a time, never the whole log."""

from collections.abc import Iterable

from trustcenter.audit import tree
from trustcenter.audit.log import leaf_data
from trustcenter.audit.models import Record, Subtree
from trustcenter.audit.tree import STEP


class Nodes:
    """Looks up the root of any full subtree, with at most two queries for each 8 levels. Remembers what it has read."""

    def __init__(self) -> None:
        # By (level of the stored roots, number of the block): {(level, index): root} of all full subtrees in the block.
        self._blocks: dict[tuple[int, int], dict[tuple[int, int], bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The root of a full subtree. Raises LookupError if one of its records is missing."""
        # A root of level 8 is stored; a root of level 9 to 15 is computed from those of level 8.
        base = level // STEP * STEP
        block = (index << (level - base)) >> STEP
        if (base, block) not in self._blocks:
            self._blocks[base, block] = _block(base, block)
        try:
            return self._blocks[base, block][level, index]
        except KeyError:
            raise LookupError(f"records are missing from subtree {index} of level {level}") from None


def _block(base: int, block: int) -> dict[tuple[int, int], bytes]:
    first, after = block << STEP, (block + 1) << STEP
    row = {(base, index): root for index, root in _read(base, first, after)}
    nodes = dict(row)
    for level in range(base + 1, base + STEP + 1):
        row = {
            (level, index >> 1): tree.node_hash(root, row[level - 1, index + 1])
            for (_level, index), root in row.items()
            if not index & 1 and (level - 1, index + 1) in row
        }
        nodes |= row
    return nodes


def _read(base: int, first: int, after: int) -> Iterable[tuple[int, bytes]]:
    if base:
        stored = Subtree.objects.filter(level=base, index__gte=first, index__lt=after)
        return [(index, bytes(root)) for index, root in stored.values_list("index", "root")]
    records = Record.objects.filter(number__gte=first, number__lt=after)
    return [(record.number, tree.leaf_hash(leaf_data(record))) for record in records]
