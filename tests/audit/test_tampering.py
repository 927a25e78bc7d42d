"""Eight kinds of tampering by the database's owner, with and without making the log consistent again.

The attacker first drops the triggers. Verification against an earlier checkpoint names each change. A log that was rebuilt
with all its digests, roots and its head is consistent, so that only the checkpoint shows the tampering.
"""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.audit import logs
from trustcenter.audit import checkpoints, offline
from trustcenter.audit.log import detail_digest
from trustcenter.audit.models import Checkpoint, Detail, Head, Record
from trustcenter.audit.verify import Broken, verify

pytestmark = pytest.mark.django_db

SIZE = 12


def edit():
    Record.objects.filter(number=4).update(action="person.signed_in")


def delete_middle():
    Detail.objects.filter(pk=4).delete()
    Record.objects.filter(number=4).delete()


def delete_tail():
    Detail.objects.filter(pk__gte=9).delete()
    Record.objects.filter(number__gte=9).delete()


def truncate():
    for model in (Detail, Record, Head):
        model.objects.all().delete()


def swap():
    one, two = Detail.objects.get(pk=3), Detail.objects.get(pk=7)
    rows = {3: Record.objects.get(number=7), 7: Record.objects.get(number=3)}
    for number, detail in ((3, two), (7, one)):
        row = rows[number]
        Record.objects.filter(number=number).update(
            at=row.at, action=row.action, actor=row.actor, subject=row.subject, detail_digest=row.detail_digest
        )
        Detail.objects.filter(pk=number).update(key=detail.key, body=detail.body)


def insert():
    """Inserts a forged record in the middle and moves every later record by one."""
    rows = list(Record.objects.filter(number__gte=5).select_related("detail").order_by("-number"))
    Detail.objects.filter(pk__gte=5).delete()
    for row in rows:
        key, body, root = row.detail.key, row.detail.body, row.root
        Record.objects.filter(number=row.number).delete()
        moved = Record(
            number=row.number + 1,
            at=row.at,
            action=row.action,
            actor=row.actor,
            subject=row.subject,
            detail_digest=row.detail_digest,
            root=root,
        )
        moved.save(force_insert=True)
        Detail(record=moved, key=key, body=body).save(force_insert=True)
    body = logs.words(actor="Ada Approver", email="x@example.com")
    forged = Record(number=5, action="page.shared", detail_digest=detail_digest(b"k" * 32, body), root=b"r" * 32)
    forged.save(force_insert=True)
    Detail(record=forged, key=b"k" * 32, body=body).save(force_insert=True)
    Head.objects.update(size=SIZE + 1)


def back_date():
    row = Record.objects.get(number=6)
    Record.objects.filter(number=6).update(at=row.at.replace(year=2020))


def rebuild():
    """Replaces a detail together with its digest."""
    body = logs.words(actor="The trust center", email="somebody.else@example.com")
    detail = Detail.objects.get(pk=8)
    Detail.objects.filter(pk=8).update(body=body)
    Record.objects.filter(number=8).update(detail_digest=detail_digest(bytes(detail.key), body))


TAMPERINGS = {
    # For each tampering: the first record named without a rebuild, and the one named after it.
    edit: (4, SIZE - 1),
    delete_middle: (4, SIZE - 1),
    delete_tail: (9, 9),
    truncate: (0, 0),
    swap: (3, SIZE - 1),
    insert: (5, SIZE - 1),
    back_date: (6, SIZE - 1),
    rebuild: (8, SIZE - 1),
}


@pytest.fixture
def earlier() -> offline.Checkpoint:
    return logs.read(logs.signed(SIZE - 1))


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda tampering: tampering.__name__)
def test_tampering_without_a_rebuild_is_named(earlier, tampering):
    logs.as_owner()
    tampering()
    with pytest.raises(Broken) as broken:
        verify([earlier])
    assert broken.value.number == TAMPERINGS[tampering][0]


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda tampering: tampering.__name__)
def test_tampering_with_a_rebuild_is_named_by_the_earlier_checkpoint(earlier, tampering):
    logs.as_owner("DELETE FROM audit_checkpoint")
    tampering()
    logs.rebuild()
    # The log is consistent: only the checkpoint that was signed before and stored elsewhere shows the change.
    assert verify().size == Record.objects.count()
    with pytest.raises(Broken, match="checkpoint") as broken:
        verify([earlier])
    size = Record.objects.count()
    # The first record that was signed and is gone is named as missing.
    expected = size if size < SIZE else TAMPERINGS[tampering][1]
    assert broken.value.number == expected


def test_later_checkpoints_narrow_down_the_tampering(earlier):
    """The first checkpoint that does not fit is named, with the records since the one before it."""
    logs.signed(5)
    logs.as_owner()
    Record.objects.filter(number=14).update(actor="somebody")
    logs.rebuild()
    with pytest.raises(Broken, match="one of the records from 12 on was changed") as broken:
        verify([earlier])
    assert broken.value.number == 16


def test_command_names_tampering_against_a_kept_checkpoint(earlier, tmp_path):
    file, key = tmp_path / "old.checkpoint", Checkpoint.objects.get().verifier_key
    file.write_text(Checkpoint.objects.get().note)
    out = StringIO()
    call_command("audit", "verify", "--checkpoint", str(file), stdout=out)
    assert "12 records" in out.getvalue() and "agrees with: 1" in out.getvalue()
    logs.as_owner("DELETE FROM audit_checkpoint")
    edit()
    logs.rebuild()
    # The site lost a checkpoint that its own key signed, so the site is wrong and not the file.
    with pytest.raises(
        CommandError, match=r"Record 11: the database has lost the checkpoint of the first 12"
    ) as broken:
        call_command("audit", "verify", "--checkpoint", str(file), "--key", key)
    assert broken.value.returncode == 1
    forget_what_was_signed()
    with pytest.raises(CommandError, match=r"Record 11: the first 12 records are not") as broken:
        call_command("audit", "verify", "--checkpoint", str(file), "--key", key)
    assert broken.value.returncode == 1
    # The key on this machine signed the file.
    with pytest.raises(CommandError, match=r"Record 11: the first 12 records are not"):
        call_command("audit", "verify", "--checkpoint", str(file))


def forget_what_was_signed() -> None:
    Path(settings.LOG_KEY_FILE).with_suffix(".checkpoint").unlink()


def test_kept_checkpoint_is_not_called_forged_after_the_key_was_replaced(earlier, tmp_path):
    file = tmp_path / "old.checkpoint"
    file.write_text(Checkpoint.objects.get().note)
    logs.as_owner("DELETE FROM audit_checkpoint")
    forget_what_was_signed()
    Path(settings.LOG_KEY_FILE).unlink()
    checkpoints.make()
    with pytest.raises(CommandError, match="not signed with the key of this site") as broken:
        call_command("audit", "verify", "--checkpoint", str(file))
    assert "the site’s key was replaced" in str(broken.value)


def test_deleted_checkpoints_are_found(earlier, settings, tmp_path):
    folder = settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    for _again in range(3):
        logs.signed(2)
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    call_command("audit", "verify", stdout=StringIO())
    # In the middle: the numbers have a gap, even without a folder.
    middle = Checkpoint.objects.get(size=sizes[1])
    settings.CHECKPOINT_DIR = ""
    logs.as_owner(f"DELETE FROM audit_checkpoint WHERE size = {sizes[1]}")
    with pytest.raises(CommandError, match="checkpoint 2 is missing"):
        call_command("audit", "verify", stdout=StringIO())
    middle.save(force_insert=True)
    settings.CHECKPOINT_DIR = folder
    # At the end: the signer's state has the last note, and the folder has its file.
    for forget in (lambda: None, forget_what_was_signed):
        forget()
        logs.as_owner(f"DELETE FROM audit_checkpoint WHERE size = {sizes[-1]}")
        with pytest.raises(CommandError, match=f"lost the checkpoint of the first {sizes[-1]}"):
            call_command("audit", "verify", stdout=StringIO())


def test_file_in_the_folder_not_signed_by_the_key_is_refused(earlier, settings, tmp_path):
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    made = logs.signed(1)
    path = tmp_path / "checkpoints" / f"{made.size:012d}.checkpoint"
    path.write_text(path.read_text().replace(f"\n{made.size}\n", f"\n{made.size + 1}\n"))
    with pytest.raises(CommandError, match="What this machine keeps of the log is not valid"):
        call_command("audit", "verify", stdout=StringIO())


def test_forged_kept_checkpoint_is_refused(earlier, tmp_path):
    file = tmp_path / "forged.checkpoint"
    file.write_text(Checkpoint.objects.get().note.replace("\n12\n", "\n11\n"))
    with pytest.raises(CommandError, match="does not match the checkpoint"):
        call_command("audit", "verify", "--checkpoint", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("audit", "verify", "--checkpoint", str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_checkpoint SET note = REPLACE(note, '127.0.0.1', 'evil.example')",
        "UPDATE audit_checkpoint SET size = 13",
        "UPDATE audit_head SET size = 11",
    ],
)
def test_forged_checkpoint_or_head_is_named(earlier, statement):
    logs.as_owner(statement)
    with pytest.raises(Broken):
        verify()


def test_changed_or_missing_stored_root_is_named():
    logs.signed(600)
    assert verify().size == 601
    from trustcenter.audit.models import Subtree

    logs.as_owner()
    Subtree.objects.filter(level=8, index=1).update(root=b"x" * 32)
    with pytest.raises(Broken, match="stored root") as broken:
        verify()
    assert broken.value.number == 256
    Subtree.objects.filter(level=8, index=1).delete()
    with pytest.raises(Broken, match="stored root"):
        verify()
