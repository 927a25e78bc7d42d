"""The Merkle tree of RFC 6962, section 2.1, over SHA-256: hashes in, hashes out, nothing else."""

import hashlib
from collections.abc import Callable, Iterable

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
# Of the full subtrees, every eighth level is worth keeping: the ones between are 256 hashes away.
STEP = 8


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry; the 0x00 in front keeps a node from being passed off as an entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the full subtrees of a growing tree, left to right: all that appending needs.

    A tree of n leaves keeps one root per set bit of n, so the frontier of a million records is 20 hashes at most.
    """

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        self.size = size
        # What appending has completed since: (level, index, root) of the full subtrees of levels 8, 16, …
        self.completed: list[tuple[int, int, bytes]] = []
        self.roots = [packed[i : i + HASH_SIZE] for i in range(0, len(packed), HASH_SIZE)]
        if len(packed) % HASH_SIZE or len(self.roots) != size.bit_count():
            raise ValueError(f"a tree of {size} has {size.bit_count()} full subtrees, not {len(packed)} bytes of them")

    def append(self, leaf: bytes) -> bytes:
        """Adds a leaf hash and returns the root of the tree that ends with it."""
        root, size, level = leaf, self.size, 0
        while size & 1:
            root = node_hash(self.roots.pop(), root)
            size >>= 1
            level += 1
            if not level % STEP:
                self.completed.append((level, size, root))
        self.roots.append(root)
        self.size += 1
        return self.root()

    def root(self) -> bytes:
        if not self.roots:
            return EMPTY_ROOT
        *left, root = self.roots
        for sibling in reversed(left):
            root = node_hash(sibling, root)
        return root

    def packed(self) -> bytes:
        return b"".join(self.roots)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over all leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


# The root of the full subtree over the leaves [index << level, (index + 1) << level): where proofs get theirs.
Node = Callable[[int, int], bytes]


def range_root(node: Node, start: int, stop: int) -> bytes:
    """The root over the leaves [start, stop), where `start` is a multiple of a power of two no smaller than the range."""
    if start == stop:
        return EMPTY_ROOT
    roots = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        roots.append(node(level, start >> level))
        start += 1 << level
    root = roots.pop()
    while roots:
        root = node_hash(roots.pop(), root)
    return root


def inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """The audit path of RFC 6962, section 2.1.1, from the leaf's sibling up; asks for about 2 log2(size) nodes."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    path = []
    start, stop = 0, size
    while stop - start > 1:
        split = start + _split(stop - start)
        if index < split:
            path.append(range_root(node, split, stop))
            stop = split
        else:
            path.append(range_root(node, start, split))
            start = split
    return path[::-1]


def consistency(node: Node, old: int, new: int) -> list[bytes]:
    """The proof of RFC 6962, section 2.1.2, that the tree of `new` leaves begins with the tree of `old`."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot begin with one of {old}")
    if old in (0, new):
        return []
    path = []
    start, stop = 0, new
    while stop != old:
        split = start + _split(stop - start)
        if old <= split:
            path.append(range_root(node, split, stop))
            stop = split
        else:
            path.append(range_root(node, start, split))
            start = split
    # The old root itself is known to who asks; a smaller part of the old tree is not.
    if start:
        path.append(range_root(node, start, stop))
    return path[::-1]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
