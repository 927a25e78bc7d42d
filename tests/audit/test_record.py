import json

import pytest
from django.db import DatabaseError, connection, transaction

from tests import cast
from tests.audit.logs import record
from trustcenter import audit
from trustcenter.audit import log, tree
from trustcenter.audit.actions import Action
from trustcenter.audit.log import NotInTransaction
from trustcenter.audit.models import Detail, Head, Record

pytestmark = pytest.mark.django_db


def test_record_appends_a_leaf_with_its_root_and_moves_the_head():
    ada = cast.ada()
    for number in range(5):
        record(Action.PAGE_SHARED, actor=ada, subject=ada, email=f"p{number}@example.com")
    rows = list(Record.objects.order_by("number"))
    assert [row.number for row in rows] == [0, 1, 2, 3, 4]
    leaves = [tree.leaf_hash(log.leaf_data(row)) for row in rows]
    assert [bytes(row.root) for row in rows] == [tree.root_of(leaves[: n + 1]) for n in range(5)]
    head = Head.objects.get()
    assert (head.size, tree.Frontier(head.size, bytes(head.frontier)).root()) == (5, tree.root_of(leaves))


def test_leaf_contains_no_name_and_no_address():
    ada = cast.ada()
    row = record(Action.PAGE_SHARED, actor=ada, subject=ada, email="someone@example.com")
    leaf = log.leaf_data(row).decode()
    assert "someone@example.com" not in leaf and "Ada" not in leaf
    assert json.loads(row.detail.body)["email"] == "someone@example.com"


def test_equal_details_have_different_digests():
    one, two = (record(Action.PAGE_SHARED, actor=None, subject=None, email="p@example.com") for _ in range(2))
    assert bytes(one.detail_digest) != bytes(two.detail_digest)


@pytest.mark.django_db(transaction=True)
def test_record_refuses_to_run_outside_a_transaction(racing):
    entry = log.entry(Action.PAGE_SHARED, actor=None, subject=None, data={"email": "p@example.com"})
    with pytest.raises(NotInTransaction):
        log.append([entry])
    assert not Record.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rollback_leaves_no_gap_in_the_sequence(racing):
    def share(email):
        with audit.change(by=None) as change:
            change.record(Action.PAGE_SHARED, email=email)
            if email == "fails":
                raise RuntimeError

    share("one")
    with pytest.raises(RuntimeError):
        share("fails")
    share("two")
    assert list(Record.objects.order_by("number").values_list("number", flat=True)) == [0, 1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET action = 'x' WHERE number = 0",
        "UPDATE audit_record SET root = root",
        "DELETE FROM audit_record WHERE number = 1",
        "INSERT INTO audit_record (number, at, action, actor, subject, facts, detail_digest, root)"
        " SELECT 7, at, action, actor, subject, facts, detail_digest, root FROM audit_record WHERE number = 0",
        "UPDATE audit_detail SET body = '{}'",
        "DELETE FROM audit_detail WHERE record_id = 0",
    ],
)
def test_database_refuses_to_update_or_delete_records(statement):
    for _ in range(2):
        record(Action.PAGE_SHARED, actor=None, subject=None, email="p@example.com")
    before = list(Record.objects.values()), list(Detail.objects.values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (list(Record.objects.values()), list(Detail.objects.values())) == before


def test_database_refuses_to_replace_or_truncate_records():
    """SQLite's INSERT OR REPLACE fires no DELETE trigger; PostgreSQL's TRUNCATE and replica role fire no row trigger."""
    record(Action.PAGE_SHARED, actor=None, subject=None, email="p@example.com")
    columns = "number, at, action, actor, subject, facts, detail_digest, root"
    if connection.vendor == "sqlite":
        statements = [
            f"INSERT OR REPLACE INTO audit_record ({columns})"
            " SELECT number, at, 'x', actor, subject, facts, detail_digest, root FROM audit_record",
            "INSERT OR REPLACE INTO audit_detail (record_id, key, body) SELECT record_id, key, '{}' FROM audit_detail",
        ]
    else:
        statements = [
            "TRUNCATE audit_record CASCADE",
            "TRUNCATE audit_detail",
            "SET LOCAL session_replication_role = replica; DELETE FROM audit_detail",
            f"INSERT INTO audit_record ({columns}) SELECT {columns} FROM audit_record"
            " ON CONFLICT (number) DO UPDATE SET action = 'x'",
        ]
    for statement in statements:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Record.objects.get().action == Action.PAGE_SHARED


@pytest.mark.once
def test_every_action_has_a_sentence_even_with_erased_names():
    assert [action for action in Action if not action.sentence({}) or "%" in action.sentence({})] == []
