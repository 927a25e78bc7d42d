"""Signing the head of the log: the note, its check with openssl, and when the worker refuses to sign."""

import base64
import logging
import stat
import subprocess
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from tests.audit import logs
from trustcenter.audit import checkpoints, keys, offline, receipts, routine
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Checkpoint, Head, Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


def refusal() -> str:
    with pytest.raises(checkpoints.Refused) as refused:
        checkpoints.make()
    return str(refused.value)


def test_checkpoint_is_a_signed_note_over_the_head(settings):
    settings.SITE_URL = "https://trust.example"
    made = logs.signed(4)
    origin, size, root, blank, signature, end = made.note.split("\n")
    assert (origin, size, blank, end) == ("trust.example/log", "5", "", "")
    assert base64.b64decode(root) == bytes(made.root) == bytes(Record.objects.get(number=4).root)
    assert signature.startswith("— trust.example/log ")
    assert offline.check_checkpoint(logs.read(made), logs.keys(made))


def test_openssl_verifies_the_signature(tmp_path):
    made = logs.signed(3)
    text, _blank, line = made.note.rpartition("\n\n")
    public = base64.b64decode(made.verifier_key.split("+", 2)[2])[1:]
    pem = Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "signature").write_bytes(base64.b64decode(line.split(" ")[2])[4:])
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"]
    command += ["-in", "text", "-sigfile", "signature"]
    for signed, said in [(text + "\n", 0), (text.replace("4", "5", 1) + "\n", 1)]:
        (tmp_path / "text").write_text(signed)
        assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == said


def test_new_checkpoint_is_signed_only_if_there_are_new_records():
    first = logs.signed(2)
    assert checkpoints.make() == first
    second = logs.signed(1)
    assert second.size == first.size + 1 and Checkpoint.objects.count() == 2


def test_first_checkpoint_of_an_empty_log_covers_the_record_of_its_key(log_key):
    made = checkpoints.make()
    assert made.size == 1
    told = Record.objects.get()
    assert told.action == Action.LOG_KEY_MADE and made.verifier_key in told.detail.body
    assert stat.S_IMODE(log_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(log_key.parent.stat().st_mode) == 0o700


def test_lost_key_is_not_replaced(log_key):
    logs.signed(2)
    log_key.unlink()
    logs.write(1)
    assert "key is gone" in refusal()
    # Not even if the database has lost its record of the key: the last note is stored beside the key's path.
    logs.as_owner("DELETE FROM audit_checkpoint")
    assert "key is gone" in refusal()
    assert not log_key.exists()


def test_command_creates_no_key(log_key):
    logs.write(1)
    with pytest.raises(checkpoints.Refused, match="first starts"):
        checkpoints.make(may_make_key=False)
    assert not log_key.exists()


@pytest.mark.parametrize(
    ("mode", "said"), [(0o644, "Other users of this machine"), (0o660, "Other users of this machine")]
)
def test_key_readable_by_others_is_refused(log_key, mode, said):
    logs.signed(1)
    log_key.chmod(mode)
    assert said in refusal()


@pytest.mark.parametrize("line", ["", "rubbish", "PRIVATE+KEY+a+b", "PRIVATE+KEY+x/log+00000000+AQ=="])
def test_invalid_key_file_is_named(log_key, line):
    log_key.parent.mkdir()
    log_key.write_text(line)
    log_key.chmod(0o600)
    assert "does not contain a key" in refusal()


def test_key_with_another_origin_is_refused(log_key):
    """The origin is part of the key: a checkpoint with another origin would belong to another log."""
    logs.signed(1)
    log_key.write_text(log_key.read_text().replace("127.0.0.1", "evil.example"))
    assert "does not contain a key" in refusal()


def test_origin_stays_the_same_if_the_site_s_address_changes(settings):
    first = logs.signed(1)
    settings.SITE_URL = "https://moved.example"
    assert logs.read(logs.signed(1)).origin == logs.read(first).origin


# -- Refusals ------------------------------------------------------------------------------------------------------------


def edit_in_the_past():
    logs.as_owner("UPDATE audit_record SET action = 'person.signed_in' WHERE number = 2")
    logs.rebuild()


def edit_what_is_new():
    logs.as_owner("UPDATE audit_record SET action = 'person.signed_in' WHERE number = 7")


def take_away_what_is_new():
    logs.as_owner("DELETE FROM audit_detail WHERE record_id = 7", "DELETE FROM audit_record WHERE number = 7")


def take_away_what_was_signed():
    logs.as_owner("DELETE FROM audit_detail WHERE record_id > 2", "DELETE FROM audit_record WHERE number > 2")
    logs.rebuild()


def forge_the_head():
    logs.as_owner("UPDATE audit_head SET size = 8")
    Head.objects.update(frontier=b"x" * 32)


def forge_the_checkpoint():
    logs.as_owner("UPDATE audit_checkpoint SET note = REPLACE(note, '127.0.0.1', 'evil.example')")


def move_the_checkpoint_s_frontier():
    logs.as_owner()
    Checkpoint.objects.update(frontier=b"x" * 64)


def forget_checkpoints_and_rebuild():
    logs.as_owner("DELETE FROM audit_checkpoint")
    edit_in_the_past()


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        (edit_in_the_past, "not the ones that were signed"),
        (edit_what_is_new, "Record 7 was changed"),
        (take_away_what_is_new, "Record 7 is missing"),
        (take_away_what_was_signed, "not the ones that were signed"),
        (forge_the_head, "does not match its records"),
        (forge_the_checkpoint, "is not valid"),
        (move_the_checkpoint_s_frontier, "not the one that was signed"),
        (forget_checkpoints_and_rebuild, "not the ones that were signed"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_head_that_does_not_extend_the_last_one_is_not_signed(tampering, said, caplog):
    logs.signed(5)
    logs.write(3)
    tampering()
    before = Checkpoint.objects.count()
    with caplog.at_level(logging.CRITICAL):
        assert said in refusal()
    assert Checkpoint.objects.count() == before
    assert said in caplog.text


def test_older_copy_of_the_database_is_not_signed():
    """A copy from before the last checkpoint is consistent, but the signer's state and the folder have a later checkpoint."""
    logs.signed(3)
    logs.signed(3)
    logs.as_owner(
        "DELETE FROM audit_checkpoint WHERE size > 4",
        "DELETE FROM audit_detail WHERE record_id > 3",
        "DELETE FROM audit_record WHERE number > 3",
    )
    logs.rebuild()
    assert "were removed" in refusal()
    logs.write(5)
    assert "first 7 records are not the ones" in refusal()


def test_later_checkpoint_in_the_folder_alone_stops_signing(settings, tmp_path, log_key):
    settings.CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    logs.signed(3)
    logs.signed(3)
    log_key.with_suffix(".checkpoint").unlink()
    logs.as_owner("DELETE FROM audit_checkpoint WHERE size > 4", "UPDATE audit_record SET actor = 'x' WHERE number = 5")
    logs.rebuild()
    assert "first 7 records are not the ones" in refusal()


def test_log_is_checked_to_extend_an_older_checkpoint_in_the_folder(settings, tmp_path):
    settings.CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    logs.signed(300)
    settings.CHECKPOINT_DIR = ""
    logs.signed(300)
    settings.CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    assert logs.signed(1).size == 602


def test_checkpoint_signed_before_a_crash_is_stored_at_the_next_start(monkeypatch):
    """It may have been published before the crash, so the next checkpoint has to extend it."""
    logs.signed(2)
    logs.write(2)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "_store", lambda grown: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            checkpoints.make()
    lost = offline.read_checkpoint(keys.last_signed())
    assert lost.size == 5 and receipts.covered() == 3
    assert logs.signed(1).size == 6


def test_refusal_is_recorded_once_an_hour_and_reported_by_health(client):
    logs.signed(2)
    logs.write(1)
    forge_the_checkpoint()
    for _ in range(3):
        routine.sign_head()
    told = Record.objects.filter(action=Action.LOG_CHECKPOINT_REFUSED)
    assert told.count() == 1 and "bad_in_database" in told.get().detail.body
    assert client.get(reverse("site:readyz")).json()["log"] == "ok"
    late = timezone.now() - timedelta(minutes=7)
    Record.objects.filter(number__gte=3).update(at=late)
    answer = client.get(reverse("site:readyz"))
    assert (answer.status_code, answer.json()["log"]) == (200, "late")


def test_database_refuses_to_change_checkpoints():
    made = logs.signed(2)
    columns = "size, root, frontier, note, verifier_key, made_at"
    statements = [
        "UPDATE audit_checkpoint SET note = 'x'",
        "DELETE FROM audit_checkpoint",
        f"INSERT INTO audit_checkpoint ({columns}) SELECT 1, root, frontier, note, verifier_key, made_at"
        " FROM audit_checkpoint",
    ]
    if connection.vendor == "sqlite":
        statements.append(f"INSERT OR REPLACE INTO audit_checkpoint ({columns}) SELECT {columns} FROM audit_checkpoint")
    else:
        statements.append("TRUNCATE audit_checkpoint")
    for statement in statements:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Checkpoint.objects.get().note == made.note


# -- Outside the database ----------------------------------------------------------------------------------------------------


def test_checkpoints_are_written_to_the_folder_and_never_replaced(settings, tmp_path, caplog):
    folder = tmp_path / "checkpoints"
    settings.CHECKPOINT_DIR = str(folder)
    first, second = logs.signed(1), logs.signed(1)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        f"{made.size:012d}.checkpoint": made.note for made in (first, second)
    }
    (folder / "000000000004.checkpoint").write_text("somebody else's")
    assert "is not valid" in refusal()
    (folder / "000000000004.checkpoint").unlink()
    assert logs.signed(1).size == 5


def test_unwritable_folder_is_reported_and_filled_later(settings, tmp_path, caplog):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder")
    settings.CHECKPOINT_DIR = str(blocked / "checkpoints")
    made = logs.signed(1)
    assert made is not None and "not written to CHECKPOINT_DIR" in caplog.text
    blocked.unlink()
    checkpoints.make()
    assert [path.read_text() for path in (blocked / "checkpoints").iterdir()] == [made.note]


def test_newest_checkpoint_is_mailed_once(settings, mailoutbox):
    settings.CHECKPOINT_MAIL = "auditor@example.org"
    routine.mail_checkpoint()
    assert not Mail.objects.exists()
    made = logs.signed(2)
    for _ in range(2):
        routine.mail_checkpoint()
    sent = Mail.objects.get()
    assert made.note in sent.body and made.verifier_key in sent.body
    from trustcenter.work import mail

    mail.hand_over.func(sent.pk)
    assert mailoutbox[0].attachments[0][:2] == (f"{made.size:012d}.checkpoint", made.note.encode())


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_sign_one_history(racing):
    """The second worker extends the checkpoint of the first, or finds nothing new."""
    import threading

    from django.db import connections

    logs.write(20)
    errors = []

    def work():
        try:
            checkpoints.make()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert Checkpoint.objects.filter(size=21).count() == 1
    assert Record.objects.filter(action=Action.LOG_KEY_MADE).count() == 1
