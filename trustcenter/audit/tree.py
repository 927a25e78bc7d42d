"""The Merkle tree of RFC 6962, section 2.1, over SHA-256: hashes in, hashes out, nothing else."""

import hashlib
from collections.abc import Iterable

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


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
        self.roots = [packed[i : i + HASH_SIZE] for i in range(0, len(packed), HASH_SIZE)]
        if len(packed) % HASH_SIZE or len(self.roots) != size.bit_count():
            raise ValueError(f"a tree of {size} has {size.bit_count()} full subtrees, not {len(packed)} bytes of them")

    def append(self, leaf: bytes) -> bytes:
        """Adds a leaf hash and returns the root of the tree that ends with it."""
        root, size = leaf, self.size
        while size & 1:
            root = node_hash(self.roots.pop(), root)
            size >>= 1
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
