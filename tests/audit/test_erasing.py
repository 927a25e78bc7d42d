"""Erasing removes a person's details from the log, keeps every proof valid, and removes nothing else."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from documents.models import Delivery
from ndaflow.agreements import tasks
from ndaflow.agreements.models import Signature
from ndaflow.privacy.rows import subjects_of
from tests import cast
from tests.audit import logs
from tests.audit.logs import record
from trustcenter.accounts.models import User
from trustcenter.audit import checkpoints, erasing, offline, receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Detail, Record
from trustcenter.audit.verify import Broken, verify

pytestmark = pytest.mark.django_db


def everything_in_the_audit_tables() -> str:
    found = []
    with connection.cursor() as cursor:
        for table in ("audit_record", "audit_detail", "audit_head", "audit_checkpoint", "audit_subtree"):
            cursor.execute(f"SELECT * FROM {table}")
            found += [bytes(v) if isinstance(v, memoryview) else v for row in cursor.fetchall() for v in row]
    return " ".join(map(str, found))


def eraser() -> User:
    return User.objects.get_or_create(email="ada@trust.example", defaults={"is_staff": True})[0]


def whom(person: User) -> erasing.Whom:
    return erasing.Whom(person.pk, person.email, frozenset(subjects_of(person)))


def found(person: User) -> list[int]:
    return erasing.find(whom(person))


def erased(person: User) -> Record | None:
    return erasing.erase(whom(person), by=eraser())


@pytest.fixture
def story():
    """Records about Rhea's request, signature and grant, and a few about others."""
    ada, rhea, otto = cast.ada(), cast.rhea(), cast.otto()
    document = cast.document()
    request = cast.granted(rhea, ada, document)
    record(Action.PAGE_SHARED, actor=ada, subject=None, email="rhea@example.com")
    record(Action.SIGNED_IN, actor=otto, subject=otto, method="code")
    record(Action.PAGE_SHARED, actor=ada, subject=None, email="prhea@example.com")
    assert not Delivery.objects.exists()
    return rhea, request


def test_erasing_removes_the_name_and_keeps_every_proof_valid(story):
    rhea, _request = story
    tasks.make_signed_copy.func(Signature.objects.get().pk)
    made = checkpoints.make()
    named = [row.number for row in Record.objects.select_related("detail") if "Rhea Diaz" in row.detail.body]
    before = {row.number: receipts.receipt(row) for row in Record.objects.select_related("detail")}
    assert len(named) > 4 and "Rhea Diaz" in everything_in_the_audit_tables()
    told = erased(rhea)
    left = everything_in_the_audit_tables()
    assert "rhea diaz" not in left.lower() and " rhea@example.com" not in left and '"rhea@example.com' not in left
    # Other people's details stay, even if their address ends with the same characters.
    assert "Otto Falk" in left and "prhea@example.com" in left
    whole = verify([logs.read(made)])
    assert whole.erased == Detail.objects.filter(body="").count() == Detail.objects.filter(erased_by=told).count()
    assert set(named) <= set(Detail.objects.filter(erased_by=told).values_list("pk", flat=True))
    for text in before.values():
        receipt = offline.read_receipt(text)
        assert offline.check_receipt(receipt, logs.keys(made))
    # New checkpoints extend the old ones, and erased records get no new receipts.
    assert checkpoints.make().size == told.number + 1
    with pytest.raises(receipts.Unprovable, match="erased"):
        receipts.receipt(Record.objects.get(number=named[0]))


def test_erased_record_names_nobody(story):
    from trustcenter.audit import history

    rhea, request = story
    erased(rhea)
    told = [entry.text for entry in history.history(request)]
    assert any(text == "Someone requested [erased]" for text in told) and not any("Rhea" in text for text in told)


def test_record_of_the_erasure_lists_only_numbers_and_cannot_be_erased(story):
    rhea, _request = story
    told = erased(rhea)
    said = json.loads(told.detail.body)
    assert (told.actor, said["by"], said["whom"]) == (eraser().pk, eraser().pk, rhea.pk)
    assert set(said) == {"by", "whom", "count", "numbers"} and said["numbers"][0]
    assert erased(rhea) is None


def test_records_are_not_found_by_names_that_people_typed():
    """Otherwise erasing a prospect named like a document, a colleague or an address would erase other people's records."""
    ada, mallory = cast.ada(), cast.person("mallory@example.com", "SOC 2 report")
    rhea = cast.rhea()
    document = cast.document(title="SOC 2 report")
    record(Action.VERSION_ACCEPTED, actor=None, subject=document, document=document.named, number=1)
    record(
        Action.REQUEST_DENIED,
        actor=ada,
        subject=None,
        requester=rhea,
        document=document.named,
        reason="mallory@example.com",
    )
    for name in ("Rhea Diaz", "rhea@example.com", rhea.pk):
        mallory.name = name
        record(Action.SIGNED_IN, actor=mallory, subject=mallory, method="code")
    assert found(mallory) == [2, 3, 4]
    assert found(rhea) == [1]


def test_records_are_found_by_id_and_address():
    ada, person = cast.ada(), cast.person("lee@example.com", "Lee Before")
    record(Action.REQUEST_GRANTED, actor=None, subject=None, requester=person, documents=[])
    record(Action.PAGE_SHARED, actor=ada, subject=None, email="LEE@example.com")
    record(Action.PAGE_SHARED, actor=ada, subject=None, email="lee@example.com.example")
    record(Action.ACCOUNT_CHANGED, actor=ada, subject=person, person=person, account="open", roles=[])
    person.name = "Lee After"
    person.save()
    assert found(person) == [0, 1, 3]


def test_address_without_an_account():
    ada = cast.ada()
    record(Action.PAGE_SHARED, actor=ada, subject=None, email="nobody@example.com")
    record(Action.PAGE_SHARED, actor=ada, subject=None, email="other@example.com")
    out = StringIO()
    call_command("audit", "erase", "Nobody@Example.com", stdout=out)
    assert "sent the public page to nobody@example.com" in out.getvalue() and "other@" not in out.getvalue()
    call_command("audit", "erase", "nobody@example.com", "--by", ada.email, "--yes", stdout=out)
    told = Record.objects.latest("number")
    assert Action(told.action).sentence(json.loads(told.detail.body)) == (
        f"{ada.pk} erased what the log said about an address without an account. Records: 1"
    )
    assert "nobody@example.com" not in everything_in_the_audit_tables() and verify().erased == 1


def test_sequence_numbers_are_shown_as_ranges():
    assert erasing.runs([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]


# -- What the database allows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "key = {empty}, body = ''",
        "key = {empty}, body = '', erased_by_id = 0",
        "key = {empty}, body = '', erased_by_id = 1",
        "key = {empty}, body = '{{}}', erased_by_id = 3",
        "body = '', erased_by_id = 3",
        "erased_by_id = 3",
    ],
)
def test_database_erases_nothing_without_a_record_of_it(change):
    ada = cast.ada()
    for _ in range(3):
        record(Action.PAGE_SHARED, actor=None, subject=None, email="p@example.com")
    record(Action.LOG_ERASED, actor=None, subject=ada, count=1, numbers=[[0, 0]])
    empty = "X''" if connection.vendor == "sqlite" else "''::bytea"
    statement = f"UPDATE audit_detail SET {change.format(empty=empty)} WHERE record_id = 2"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    # The allowed way works, so the statements above failed for the expected reason.
    allowed = f"UPDATE audit_detail SET key = {empty}, body = '', erased_by_id = 3 WHERE record_id = 2"
    with connection.cursor() as cursor:
        cursor.execute(allowed)
        assert Detail.objects.get(pk=2).body == ""
    for again in (allowed, "UPDATE audit_detail SET body = 'x', erased_by_id = NULL WHERE record_id = 2"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(again)
    # The record of an erasure cannot be erased by a later one.
    record(Action.LOG_ERASED, actor=None, subject=ada, count=1, numbers=[[3, 3]])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_detail SET key = {empty}, body = '', erased_by_id = 4 WHERE record_id = 3")


def test_erased_detail_not_listed_by_an_erasure_is_tampering(story):
    """The trigger lets anyone who can write a record do this; verification of the log finds it."""
    rhea, _request = story
    told = erased(rhea)
    assert verify().erased
    other = Detail.objects.filter(erased_by=None).exclude(record__action=Action.LOG_ERASED).latest("pk")
    Detail.objects.filter(pk=other.pk).update(key=b"", body="", erased_by=told)
    with pytest.raises(Broken, match="no record says that it was erased") as broken:
        verify()
    assert broken.value.number == other.pk


def test_detail_listed_by_an_erasure_but_present_is_tampering(story):
    rhea, _request = story
    kept = Detail.objects.get(pk=found(rhea)[0])
    told = erased(rhea)
    logs.as_owner()
    Detail.objects.filter(pk=kept.pk).update(key=kept.key, body=kept.body, erased_by=None)
    with pytest.raises(Broken, match=f"record {told.number} says that it was erased") as broken:
        verify()
    assert broken.value.number == kept.pk


def test_missing_detail_is_tampering(story):
    rhea, _request = story
    erased(rhea)
    gone = Detail.objects.filter(body="").first()
    logs.as_owner(f"DELETE FROM audit_detail WHERE record_id = {gone.pk}")
    with pytest.raises(Broken, match="its detail is missing"):
        verify()


def test_copy_sealed_after_an_erasure_is_covered_by_the_next_one():
    """By then, the name typed under the agreement is in no other record and in no account."""
    rhea, version = cast.rhea(), cast.nda()
    signature = cast.sign(cast.open_request(rhea, cast.document()), rhea, version)
    rhea.name = "R."
    rhea.save()
    call_command("audit", "erase", rhea.email, "--by", eraser().email, "--yes", stdout=StringIO())
    tasks.make_signed_copy.func(signature.pk)
    assert "Rhea Diaz" in everything_in_the_audit_tables()
    call_command("audit", "erase", rhea.email, "--by", eraser().email, "--yes", stdout=StringIO())
    assert "Rhea Diaz" not in everything_in_the_audit_tables() and verify().erased


def test_command_asks_before_it_erases(story):
    rhea, _request = story
    out = StringIO()
    call_command("audit", "erase", "RHEA@example.com", stdout=out)
    assert "would be erased" in out.getvalue() and "“Rhea Diaz” (rhea@example.com) requested" in out.getvalue()
    with pytest.raises(CommandError, match="who answers for this"):
        call_command("audit", "erase", rhea.email, "--yes", stdout=out)
    assert "Rhea Diaz" in everything_in_the_audit_tables()
    call_command("audit", "erase", rhea.email, "--by", eraser().email, "--yes", stdout=out)
    assert "says so" in out.getvalue() and "Rhea Diaz" not in everything_in_the_audit_tables()
    call_command("audit", "erase", rhea.email, "--by", eraser().email, "--yes", stdout=out)
    assert "No record is about rhea@example.com." in out.getvalue()
