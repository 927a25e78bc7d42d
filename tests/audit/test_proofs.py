"""Roots and proofs follow RFC 6962: compared with an independent implementation and with the RFC's definitions."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from tests.audit import logs
from tests.audit.test_tree import by_the_book
from trustcenter.audit import offline, tree
from trustcenter.audit.log import leaf_data
from trustcenter.audit.models import Record, Subtree
from trustcenter.audit.nodes import Nodes

SIZES = [*range(1, 34), 63, 64, 65, 100]


def split(size: int) -> int:
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def path_by_the_book(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path_by_the_book(index, leaves[:k]), by_the_book(leaves[k:])]
    return [*path_by_the_book(index - k, leaves[k:]), by_the_book(leaves[:k])]


def subproof_by_the_book(old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if old == len(leaves):
        return [] if whole else [by_the_book(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*subproof_by_the_book(old, leaves[:k], whole), by_the_book(leaves[k:])]
    return [*subproof_by_the_book(old - k, leaves[k:], False), by_the_book(leaves[:k])]


def entries(size: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(size)]


def nodes_of(leaves: list[bytes]) -> tree.Node:
    return lambda level, index: by_the_book(leaves[index << level : (index + 1) << level])


@pytest.mark.once
@pytest.mark.parametrize("size", SIZES)
def test_roots_and_inclusion_proofs_equal_another_implementation(size):
    leaves, other = entries(size), InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        other.append_entry(leaf)
    root = tree.root_of(map(tree.leaf_hash, leaves))
    assert root == other.get_root() == by_the_book(leaves)
    for index in range(size):
        # That implementation counts from one, and its path starts with the leaf itself.
        theirs = [bytes.fromhex(one) for one in other.prove_inclusion(index + 1).serialize()["path"]]
        assert theirs == [tree.leaf_hash(leaves[index]), *tree.inclusion(nodes_of(leaves), index, size)]


@pytest.mark.once
@pytest.mark.parametrize("size", SIZES)
def test_proofs_follow_the_rfc_and_are_accepted(size):
    leaves = entries(size)
    root = by_the_book(leaves)
    for index in range(size):
        path = tree.inclusion(nodes_of(leaves), index, size)
        assert path == path_by_the_book(index, leaves)
        leaf = hashlib.sha256(b"\x00" + leaves[index]).digest()
        assert offline.root_by_inclusion(leaf, index, size, path) == root
    for old in range(1, size + 1):
        path = tree.consistency(nodes_of(leaves), old, size)
        assert path == subproof_by_the_book(old, leaves, True)
        assert offline.extends((old, by_the_book(leaves[:old])), (size, root), path)


@pytest.mark.once
@given(st.data())
def test_wrong_proofs_are_refused(data):
    size = data.draw(st.integers(2, 40))
    leaves = entries(size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    leaf, root = tree.leaf_hash(leaves[index]), by_the_book(leaves)
    path = tree.inclusion(nodes_of(leaves), index, size)
    grown = tree.consistency(nodes_of(leaves), old, size)
    stranger = data.draw(st.binary(min_size=32, max_size=32))
    for wrong in (path[:-1], [*path, stranger], [stranger, *path[1:]]):
        assert offline.root_by_inclusion(leaf, index, size, wrong) != root
    other = (index + 1) % size
    assert offline.root_by_inclusion(leaf, other, size, path) != root
    head, tail = (old, by_the_book(leaves[:old])), (size, root)
    for wrong in (grown[:-1], [*grown, stranger], [stranger, *grown[1:]]):
        assert not offline.extends(head, tail, wrong)
    assert not offline.extends((old, stranger), tail, grown)
    assert not offline.extends(head, (size, stranger), grown)
    assert not offline.extends(tail, head, grown)


@pytest.mark.once
@pytest.mark.django_db
def test_proofs_read_few_rows_of_the_database(django_assert_max_num_queries):
    made = logs.signed(1299)
    leaves = [leaf_data(row) for row in Record.objects.order_by("number")]
    assert Subtree.objects.filter(level=8).count() == 5
    for index in (0, 255, 256, 700, 1279, 1299):
        with django_assert_max_num_queries(3):
            path = tree.inclusion(Nodes(), index, made.size)
        assert path == path_by_the_book(index, leaves)
    for old in (1, 256, 257, 1024, 1299):
        with django_assert_max_num_queries(4):
            path = tree.consistency(Nodes(), old, made.size)
        assert path == subproof_by_the_book(old, leaves, True)


@pytest.mark.once
@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_missing_leaf_has_no_proof(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        tree.inclusion(nodes_of(entries(5)), index, size)


@pytest.mark.once
def test_tree_cannot_extend_a_larger_one():
    with pytest.raises(ValueError, match="cannot begin"):
        tree.consistency(nodes_of(entries(5)), 6, 5)
