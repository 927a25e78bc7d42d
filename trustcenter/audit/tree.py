"""The Merkle tree of RFC 6962, section 2.1, with SHA-256. Pure functions of hashes: no database, no settings."""

import hashlib
from collections.abc import Callable, Iterable

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
# The roots of full subtrees are stored at every eighth level. Each level in between costs at most 256 hashes.
STEP = 8


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry. It begins with 0x00, so that nobody can present a node as an entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the full subtrees of a growing tree, left to right. Appending needs nothing else.

    A tree of n leaves has one root for each set bit of n, so a million records need at most 20 hashes.
    """

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        self.size = size
        # The full subtrees of levels 8, 16, … that `append` has completed: (level, index, root).
        self.completed: list[tuple[int, int, bytes]] = []
        self.roots = [packed[i : i + HASH_SIZE] for i in range(0, len(packed), HASH_SIZE)]
        if len(packed) % HASH_SIZE or len(self.roots) != size.bit_count():
            raise ValueError(
                f"a tree of {size} leaves has {size.bit_count()} full subtrees, not {len(packed)} bytes of roots"
            )

    def append(self, leaf: bytes) -> bytes:
        """Appends a leaf hash and returns the root of the tree that ends with it."""
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
    """The root of the tree of these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


# Looks up the root of the full subtree of the leaves [index << level, (index + 1) << level).
Node = Callable[[int, int], bytes]


def range_root(node: Node, start: int, stop: int) -> bytes:
    """The root of the leaves [start, stop). `start` must be a multiple of a power of two that is at least the length."""
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
    """The audit path of RFC 6962, section 2.1.1, from the leaf's sibling up. It looks up about 2 log2(size) nodes."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size} leaves")
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
        raise ValueError(f"a tree of {new} leaves cannot begin with a tree of {old}")
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
    # The verifier knows the root of the old tree, but not the roots of its parts.
    if start:
        path.append(range_root(node, start, stop))
    return path[::-1]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
