import hashlib
import io
import os
import time

import pytest
from django.db import transaction

from documents import vault
from documents.models import StoredFile
from documents.vault import files as seam

HOURS = 2 * 3600


def age(*paths):
    for path in paths:
        os.utime(path, (time.time() - HOURS, time.time() - HOURS))


def path_of(stored, files):
    return files / stored.pk[:2] / stored.pk[2:4] / stored.pk


@pytest.mark.django_db
def test_what_goes_in_comes_out(files, stored_paths):
    stored = vault.store([b"one", b"", b"two" * 1000])
    data = b"one" + b"two" * 1000
    assert (stored.size, stored.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    with vault.open(stored) as reader:
        assert reader.read() == data
        reader.seek(3)
        assert reader.read(3) == b"two" and reader.tell() == 6
    assert stored_paths() == [stored.pk]


@pytest.mark.django_db
def test_files_are_for_their_owner_alone(files):
    stored = vault.store([b"secret"])
    assert path_of(stored, files).stat().st_mode & 0o777 == 0o600
    for folder in (files, files / stored.pk[:2], files / stored.pk[:2] / stored.pk[2:4]):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.django_db
def test_a_reader_has_no_file_descriptor():
    with vault.open(vault.store([b"x"])) as reader, pytest.raises(io.UnsupportedOperation):
        reader.fileno()


@pytest.mark.django_db
def test_an_error_on_the_way_leaves_nothing(stored_paths):
    def chunks():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        vault.store(chunks())
    assert stored_paths() == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_disk_that_fails_leaves_no_file_under_a_final_name(stored_paths, monkeypatch, call):
    def fail(*args):
        raise OSError("disk")

    monkeypatch.setattr(seam.os, call, fail)
    with pytest.raises(OSError, match="disk"):
        vault.store([b"half"])
    assert stored_paths() == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
def test_a_short_write_is_never_called_stored(stored_paths):
    with vault.Draft() as draft:
        draft.write(b"canary" * 100)
        draft._file.flush()
        os.truncate(draft._path, 10)
        with pytest.raises(vault.Damaged):
            draft.keep()
    assert stored_paths() == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
def test_a_row_that_cannot_be_written_takes_its_object_along(stored_paths, monkeypatch):
    def fail(**values):
        raise RuntimeError("database")

    monkeypatch.setattr(StoredFile.objects, "create", fail)
    with pytest.raises(RuntimeError):
        vault.store([b"x"])
    assert stored_paths() == []


@pytest.mark.django_db
def test_a_draft_killed_half_way_has_no_final_name_and_is_swept(stored_paths):
    draft = vault.Draft()
    draft.write(b"half")
    draft._file.close()
    assert stored_paths() == [f"{draft.id}.draft"]
    assert vault.sweep() == 0
    age(draft._path)
    assert vault.sweep() == 1 and stored_paths() == []


@pytest.mark.django_db
def test_sweep_collects_objects_without_row_and_rows_without_use(files, report, stored_paths):
    kept = set(stored_paths())
    orphan, unused, young = (vault.store([b"x"]) for _ in range(3))
    age(path_of(orphan, files), path_of(unused, files))
    StoredFile.objects.filter(pk=orphan.pk).delete()
    StoredFile.objects.exclude(pk=young.pk).update(created_at="2020-01-01T00:00Z")
    with transaction.atomic():
        vault.sweep()
    assert set(stored_paths()) - {unused.pk} == kept | {young.pk}
    assert not StoredFile.objects.filter(pk=unused.pk).exists()


@pytest.mark.django_db
def test_delete_takes_the_row_first_and_the_object_after_commit(stored_paths, django_capture_on_commit_callbacks):
    stored = vault.store([b"x"])
    name = stored.pk
    with django_capture_on_commit_callbacks(execute=True):
        vault.delete(stored)
        assert stored_paths() == [name]
    assert stored_paths() == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["gone", "shorter", "longer"])
def test_a_damaged_object_is_not_opened(files, damage):
    stored = vault.store([b"whole"])
    path = path_of(stored, files)
    match damage:
        case "gone":
            path.unlink()
        case "shorter":
            os.truncate(path, 2)
        case "longer":
            path.write_bytes(b"whole and more")
    with pytest.raises(vault.Damaged):
        vault.open(stored)


@pytest.mark.django_db
def test_a_copy_for_a_child_is_private_and_goes(files):
    stored = vault.store([b"for the child"])
    with vault.on_disk(stored) as path:
        assert path.read_bytes() == b"for the child" and path.is_relative_to(files)
        assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
        (path.parent / "result").write_bytes(b"x")
    assert not path.parent.exists()
    with pytest.raises(KeyError), vault.on_disk(stored) as path:
        raise KeyError
    assert not path.parent.exists()


@pytest.mark.django_db
def test_scratch_of_a_crash_is_swept(files):
    folder = files / "scratch" / "crashed"
    folder.mkdir(parents=True)
    (folder / "original.pdf").write_bytes(b"plain")
    age(folder)
    assert vault.sweep() == 1 and not folder.exists()


def test_only_ids_become_paths():
    for id in ("../../etc/passwd", "", "A" * 16, "a" * 15, "a" * 15 + "/"):
        with pytest.raises(ValueError, match="not the id"):
            vault.open(StoredFile(id=id, size=1))
