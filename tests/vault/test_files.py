import hashlib
import io
import os
import time

import pytest

from documents.models import DocumentVersion
from tests.vault.conftest import holding, names, path_of
from trustcenter.vault import disk
from trustcenter.vault import files as vault
from trustcenter.vault.models import StoredFile
from trustcenter.vault.stream import FIRST, REST, encrypted_size

HOURS = 2 * 3600
CANARY = b"canary that must never lie anywhere in plain"


def age(*paths):
    for path in paths:
        os.utime(path, (time.time() - HOURS, time.time() - HOURS))


@pytest.mark.django_db
def test_stored_file_is_encrypted_and_opens_unchanged(files):
    version = DocumentVersion()
    data = b"one" + CANARY * 50_000
    stored = version.original = vault.store(version, "original", [b"one", b"", CANARY * 50_000])
    assert (stored.size, stored.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    with vault.open(version, "original") as reader:
        assert reader.read() == data
        reader.seek(3)
        assert reader.read(len(CANARY)) == CANARY and reader.tell() == 3 + len(CANARY)
    lying = path_of(stored, files).read_bytes()
    assert names(files) == [stored.pk]
    assert len(lying) == encrypted_size(len(data)) and CANARY[:8] not in lying


@pytest.mark.django_db
def test_files_are_readable_only_by_their_owner(files):
    stored = vault.store(DocumentVersion(), "original", [b"secret"])
    assert path_of(stored, files).stat().st_mode & 0o777 == 0o600
    for folder in (files, files / stored.pk[:2], files / stored.pk[:2] / stored.pk[2:4]):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.django_db
def test_reader_has_no_file_descriptor():
    with vault.open(holding(b"x"), "original") as reader, pytest.raises(io.UnsupportedOperation):
        reader.fileno()


@pytest.mark.django_db
def test_error_while_storing_leaves_no_file(files):
    def chunks():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        vault.store(DocumentVersion(), "original", chunks())
    assert names(files) == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("call", ["fsync", "link"])
def test_failing_disk_leaves_no_file_with_a_final_name(files, monkeypatch, call):
    vault.Draft(DocumentVersion(), "original").abandon()

    def fail(*args):
        raise OSError("disk")

    monkeypatch.setattr(disk.os, call, fail)
    with pytest.raises(OSError, match="disk"):
        vault.store(DocumentVersion(), "original", [b"half"])
    assert names(files) == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
def test_short_write_is_an_error(files, monkeypatch):
    with vault.Draft(DocumentVersion(), "original") as draft:
        draft.write(b"canary" * 100)
        monkeypatch.setattr(disk.os, "fsync", lambda descriptor: os.ftruncate(descriptor, 10))
        with pytest.raises(vault.Unstored):
            draft.finish()
    assert names(files) == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
def test_object_is_never_overwritten(files):
    with vault.Draft(DocumentVersion(), "original") as draft:
        draft.write(b"second")
        taken = files / draft.id[:2] / draft.id[2:4] / draft.id
        taken.write_bytes(b"first")
        with pytest.raises(vault.Unstored):
            draft.finish()
    assert taken.read_bytes() == b"first" and not StoredFile.objects.exists()


@pytest.mark.django_db
def test_object_is_deleted_if_its_row_cannot_be_written(files, monkeypatch):
    def fail(**values):
        raise RuntimeError("database")

    monkeypatch.setattr(StoredFile.objects, "create", fail)
    with pytest.raises(RuntimeError):
        vault.store(DocumentVersion(), "original", [b"x"])
    assert names(files) == []


@pytest.mark.django_db
def test_draft_of_a_killed_process_has_no_final_name_and_is_swept(files):
    draft = vault.Draft(DocumentVersion(), "original")
    draft.write(b"half")
    draft._object._file.close()
    assert names(files) == [f"{draft.id}.draft"]
    assert vault.sweep() == 0
    age(draft._object._path)
    assert vault.sweep() == 1 and names(files) == []


@pytest.mark.django_db
def test_sweep_deletes_objects_without_rows_and_unused_rows(files):
    kept = holding(b"kept").original
    orphan, unused, young = (vault.store(DocumentVersion(), "original", [b"x"]) for _ in range(3))
    age(path_of(kept, files), path_of(orphan, files), path_of(unused, files))
    StoredFile.objects.filter(pk=orphan.pk).delete()
    StoredFile.objects.exclude(pk=young.pk).update(created_at="2020-01-01T00:00Z")
    vault.sweep()
    assert set(names(files)) - {unused.pk} == {kept.pk, young.pk}
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {kept.pk, young.pk}


@pytest.mark.django_db
def test_sweep_deletes_old_probes_and_no_foreign_files(files):
    orphan = path_of(vault.store(DocumentVersion(), "original", [b"x"]), files)
    StoredFile.objects.all().delete()
    beside = [orphan.parent / name for name in (".DS_Store", "notes.txt", "notes.draft", "0" * 16)]
    probes = [files / f".probe-{n}" for n in range(2)]
    for path in (*beside, *probes):
        path.write_bytes(b"x")
    age(orphan, *beside, probes[0])
    assert [name for name, _written in disk.DiskObjects().names()] == [orphan.name]
    assert vault.sweep() == 2
    assert names(files) == sorted([*(path.name for path in beside), probes[1].name])


@pytest.mark.django_db
def test_delete_removes_the_row_first_and_the_object_after_the_commit(files, django_capture_on_commit_callbacks):
    stored = vault.store(DocumentVersion(), "original", [b"x"])
    name = stored.pk
    with django_capture_on_commit_callbacks(execute=True):
        vault.delete(stored)
        assert names(files) == [name]
    assert names(files) == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
def test_object_without_its_row_cannot_be_decrypted(files, django_capture_on_commit_callbacks):
    version = DocumentVersion()
    stored = version.original = vault.store(version, "original", [CANARY])
    name, path = stored.pk, path_of(stored, files)
    bucket_history = path.read_bytes()
    with django_capture_on_commit_callbacks(execute=True):
        vault.delete(stored)
    path.write_bytes(bucket_history)
    # An attacker with the object, the vault's key and everything except the wrapped key guesses a row.
    other = vault.store(version, "original", [b"other"])
    version.original = StoredFile(
        id=name, size=len(CANARY), sha256="", key_name=other.key_name, wrapped_key=other.wrapped_key
    )
    with pytest.raises(vault.Damaged):
        vault.open(version, "original")


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["gone", "shorter", "longer", "row says less", "row says more"])
def test_damaged_object_is_not_opened(files, damage):
    version = holding(b"whole" * 100)
    path = path_of(version.original, files)
    match damage:
        case "gone":
            path.unlink()
        case "shorter":
            os.truncate(path, 40)
        case "longer":
            path.write_bytes(path.read_bytes() + b"and more")
        case "row says less":
            version.original.size -= 1
        case "row says more":
            version.original.size += 1
    with pytest.raises(vault.Damaged):
        vault.open(version, "original")


@pytest.mark.django_db
def test_truncated_file_is_not_opened_even_if_the_row_agrees(files):
    version = holding(bytes(FIRST + REST + 5))
    os.truncate(path_of(version.original, files), encrypted_size(FIRST))
    version.original.size = FIRST
    with pytest.raises(vault.Damaged):
        vault.open(version, "original")


@pytest.mark.django_db
def test_changed_byte_is_refused_before_a_wrong_one_is_returned(files):
    data = os.urandom(FIRST + REST + 5)
    version = holding(data)
    path = path_of(version.original, files)
    lying = bytearray(path.read_bytes())
    lying[FIRST + 500] ^= 1
    path.write_bytes(lying)
    with vault.open(version, "original") as reader:
        assert reader.read(FIRST - 400) == data[: FIRST - 400]
        reader.seek(FIRST + REST)
        assert reader.read() == data[FIRST + REST :]
        reader.seek(FIRST)
        with pytest.raises(vault.Damaged):
            reader.read(1)


@pytest.mark.django_db
def test_file_of_another_document_is_not_opened_after_rows_or_objects_are_exchanged(files):
    one, two = holding(b"for one"), holding(b"for two", slug="pentest")
    one.original, two.original = two.original, one.original
    for version in (one, two):
        with pytest.raises(vault.Damaged):
            vault.open(version, "original")
    # Also exchange the names of the objects on the disk.
    paths = path_of(one.original, files), path_of(two.original, files)
    data = [path.read_bytes() for path in paths]
    paths[0].write_bytes(data[1])
    paths[1].write_bytes(data[0])
    for version in (one, two):
        with pytest.raises(vault.Damaged):
            vault.open(version, "original")


@pytest.mark.django_db
def test_original_is_not_opened_as_a_reading_copy():
    version = holding(b"unmarked")
    version.reading_copy = version.original
    with pytest.raises(vault.Damaged):
        vault.open(version, "reading_copy")


@pytest.mark.django_db
def test_row_without_a_file_is_damaged():
    with pytest.raises(vault.Damaged):
        vault.open(DocumentVersion(), "original")


def test_only_ids_are_accepted_as_paths():
    for id in ("../../etc/passwd", "", "A" * 16, "a" * 15, "a" * 15 + "/"):
        with pytest.raises(ValueError, match="not the id"):
            disk.DiskObjects().open(id)
