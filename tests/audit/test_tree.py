"""The tree follows RFC 6962: compared with a recursive implementation of section 2.1."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcenter.audit import tree


def by_the_book(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + by_the_book(leaves[:split]) + by_the_book(leaves[split:])).digest()


@pytest.mark.once
@given(st.lists(st.binary(max_size=40), max_size=70))
def test_root_follows_the_rfc(entries):
    assert tree.root_of(tree.leaf_hash(entry) for entry in entries) == by_the_book(entries)


@pytest.mark.once
def test_known_roots_of_the_certificate_transparency_vectors():
    # The empty tree, and the first inputs of the reference vectors: "", 0x00, 0x10.
    assert tree.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    leaves = [tree.leaf_hash(entry) for entry in (b"", b"\x00", b"\x10")]
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree.root_of(leaves[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert tree.root_of(leaves).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"


@pytest.mark.once
def test_tree_continues_from_a_packed_frontier():
    grown = tree.Frontier()
    for number in range(37):
        grown = tree.Frontier(grown.size, grown.packed())
        grown.append(tree.leaf_hash(bytes([number])))
    assert grown.root() == by_the_book([bytes([number]) for number in range(37)])


@pytest.mark.once
@pytest.mark.parametrize(("size", "packed"), [(1, b""), (0, b"x" * 32), (3, b"x" * 32), (1, b"x" * 31)])
def test_impossible_frontier_is_refused(size, packed):
    with pytest.raises(ValueError, match="full subtrees"):
        tree.Frontier(size, packed)
