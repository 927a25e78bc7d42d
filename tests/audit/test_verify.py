from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.audit.logs import record
from trustcenter.audit import triggers
from trustcenter.audit.actions import Action
from trustcenter.audit.verify import Broken, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_of_six():
    for number in range(6):
        record(Action.PAGE_SHARED, actor=None, subject=None, email=f"p{number}@example.com")
    # As the database's owner, because the triggers stop everyone else.
    triggers.drop(connection)


def as_owner(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_whole_log_verifies(log_of_six):
    assert verify().size == 6


def test_empty_log_verifies():
    assert verify().size == 0


@pytest.mark.parametrize(
    ("tampering", "first_bad"),
    [
        (["UPDATE audit_record SET facts = '{\"user:x\":null}' WHERE number = 4"], 4),
        (["UPDATE audit_record SET action = 'page.other' WHERE number = 2"], 2),
        (["UPDATE audit_record SET actor = 'somebody' WHERE number = 3"], 3),
        (["UPDATE audit_record SET subject = 'user:x' WHERE number = 0"], 0),
        (["UPDATE audit_record SET at = '2020-01-01 00:00:00+00:00' WHERE number = 4"], 4),
        (['UPDATE audit_detail SET body = \'{"email":"other@example.com"}\' WHERE record_id = 1'], 1),
        (["DELETE FROM audit_detail WHERE record_id = 5"], 5),
        (["DELETE FROM audit_detail WHERE record_id = 2", "DELETE FROM audit_record WHERE number = 2"], 2),
        (["DELETE FROM audit_detail WHERE record_id = 5", "DELETE FROM audit_record WHERE number = 5"], 5),
        (["DELETE FROM audit_detail", "DELETE FROM audit_record"], 0),
        (["UPDATE audit_head SET size = 4"], 3),
        (
            [
                "INSERT INTO audit_record (number, at, action, actor, subject, facts, detail_digest, root)"
                " SELECT 6, at, action, actor, subject, facts, detail_digest, root FROM audit_record WHERE number = 5"
            ],
            6,
        ),
    ],
    ids=[
        "facts",
        "action",
        "actor",
        "subject",
        "time",
        "detail",
        "no-detail",
        "middle",
        "tail",
        "all",
        "head",
        "slipped-in",
    ],
)
def test_tampering_is_named(log_of_six, tampering, first_bad):
    as_owner(*tampering)
    with pytest.raises(Broken) as broken:
        verify()
    assert broken.value.number == first_bad


def test_command_prints_the_size_or_the_first_bad_record(log_of_six):
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert "6 records" in out.getvalue()
    as_owner("UPDATE audit_record SET action = 'page.other' WHERE number = 2")
    with pytest.raises(CommandError, match="Record 2") as broken:
        call_command("audit", "verify")
    assert broken.value.returncode == 1
