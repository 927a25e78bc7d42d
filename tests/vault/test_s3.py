"""The vault in a bucket: the same promises as on a disk, and common mistakes of S3 clients."""

import os
from datetime import datetime, timedelta

import pytest
from django.core.files.storage import storages
from django.urls import reverse

from documents.models import DocumentVersion
from tests.vault.conftest import holding
from trustcenter.vault import files as vault
from trustcenter.vault import s3
from trustcenter.vault.models import StoredFile
from trustcenter.vault.objects import Missing, Unstored, objects
from trustcenter.vault.stream import SEGMENT, encrypted_size

pytestmark = pytest.mark.once
CANARY = b"canary that must never lie anywhere in plain"
LARGE = s3.PART * 2 + 12_345


def keys_in(bucket):
    return sorted(item.key for item in bucket.objects.all())


def unfinished(bucket):
    return list(bucket.multipart_uploads.all())


@pytest.mark.django_db
@pytest.mark.parametrize("size", [0, 1, SEGMENT, s3.PART, LARGE])
def test_stored_file_is_encrypted_and_opens_unchanged(bucket, files, size):
    data = (CANARY * (size // len(CANARY) + 1))[:size]
    version = holding(data)
    with vault.open(version, "original") as reader:
        assert reader.read() == data
        reader.seek(size // 2)
        assert reader.read(50) == data[size // 2 : size // 2 + 50]
    assert keys_in(bucket) == [f"vault/{version.original_id}"]
    lying = bucket.Object(f"vault/{version.original_id}").get()["Body"].read()
    assert len(lying) == encrypted_size(size) and CANARY[:8] not in lying
    assert unfinished(bucket) == [] and not files.exists()


@pytest.mark.django_db
def test_page_of_a_long_file_is_read_with_range_requests(bucket, monkeypatch):
    version = holding(os.urandom(LARGE))
    asked = []
    real = s3.S3Objects.call

    def call(self, operation, **arguments):
        asked.append((operation, arguments.get("Range")))
        return real(self, operation, **arguments)

    monkeypatch.setattr(s3.S3Objects, "call", call)
    with vault.open(version, "original") as reader:
        reader.seek(5 * SEGMENT)
        reader.read(1000)
    assert [operation for operation, _range in asked] == ["head_object", "get_object", "get_object", "get_object"]
    lengths = [int(r.split("-")[1]) - int(r.split("=")[1].split("-")[0]) + 1 for _operation, r in asked[1:]]
    assert max(lengths) == SEGMENT


@pytest.mark.django_db
@pytest.mark.parametrize("size", [10, LARGE])
def test_object_is_never_overwritten(bucket, size):
    name = "0123456789abcdef"
    bucket.put_object(Key=f"vault/{name}", Body=b"first")
    writing = objects().create(name)
    writing.write(bytes(size))
    with pytest.raises(Unstored, match="already"):
        writing.finish(size)
    writing.abandon()
    assert bucket.Object(f"vault/{name}").get()["Body"].read() == b"first"
    assert unfinished(bucket) == []


@pytest.mark.django_db
@pytest.mark.parametrize("size", [10, LARGE])
def test_error_while_storing_completes_no_truncated_upload(bucket, size):
    def chunks():
        yield bytes(size)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        vault.store(DocumentVersion(), "original", chunks())
    assert keys_in(bucket) == [] and unfinished(bucket) == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1000, LARGE])
def test_retry_after_a_lost_response_succeeds(bucket, monkeypatch, size):
    real = s3.S3Objects.call

    def lost(self, operation, **arguments):
        answer = real(self, operation, **arguments)
        if "IfNoneMatch" in arguments:
            # The response to the client's second try after the first one succeeded.
            raise Unstored(f"there is an object {arguments['Key']} already")
        return answer

    monkeypatch.setattr(s3.S3Objects, "call", lost)
    version = holding(os.urandom(size))
    with vault.open(version, "original") as reader:
        assert len(reader.read()) == size


@pytest.mark.django_db
def test_incomplete_object_is_an_error(bucket, monkeypatch):
    real = s3.S3Objects.call

    def short(self, operation, **arguments):
        if operation == "put_object":
            arguments["Body"] = arguments["Body"][:-1]
        return real(self, operation, **arguments)

    monkeypatch.setattr(s3.S3Objects, "call", short)
    with pytest.raises(Unstored, match="arrived"):
        vault.store(DocumentVersion(), "original", [b"whole"])
    assert keys_in(bucket) == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
def test_sweep_removes_what_a_crash_left_in_the_bucket(bucket, monkeypatch):
    kept = holding(b"kept").original
    draft = vault.Draft(DocumentVersion(), "original")
    draft.write(bytes(LARGE))
    orphan = vault.store(DocumentVersion(), "original", [b"orphan"])
    StoredFile.objects.filter(pk=orphan.pk).delete()
    # The test server dates every upload to 2010, so this one counts as old at once; objects have their true age.
    assert len(unfinished(bucket)) == 1 and vault.sweep() == 1
    assert unfinished(bucket) == [] and len(keys_in(bucket)) == 2
    later = datetime.now().astimezone() + timedelta(hours=2)
    monkeypatch.setattr("trustcenter.vault.files.timezone.now", lambda: later)
    assert vault.sweep() == 1
    assert keys_in(bucket) == [f"vault/{kept.pk}"]


@pytest.mark.django_db
def test_sweep_deletes_old_probes_and_no_foreign_objects(bucket, monkeypatch):
    real = s3.S3Objects.call

    def undeletable(self, operation, **arguments):
        if operation == "delete_object":
            raise OSError("timeout")
        return real(self, operation, **arguments)

    with monkeypatch.context() as away, pytest.raises(OSError, match="timeout"):
        away.setattr(s3.S3Objects, "call", undeletable)
        objects().probe()
    orphan = vault.store(DocumentVersion(), "original", [b"orphan"])
    StoredFile.objects.all().delete()
    # Another site may have its vault below this one's prefix.
    other = [f"vault/other/{orphan.pk}", f"vault/other/{'0' * 16}", "vault/notes.txt"]
    for key in other:
        bucket.put_object(Key=key, Body=b"x")
    bucket.Object(f"vault/other/{'1' * 16}").initiate_multipart_upload()
    assert [name for name, _written in objects().names()] == [orphan.pk]
    assert vault.sweep() == 0
    later = datetime.now().astimezone() + timedelta(hours=2)
    monkeypatch.setattr("trustcenter.vault.files.timezone.now", lambda: later)
    assert vault.sweep() == 2
    assert keys_in(bucket) == sorted(other) and len(unfinished(bucket)) == 1


@pytest.mark.django_db
def test_missing_object_is_damaged(bucket):
    version = holding(b"x")
    bucket.objects.delete()
    with pytest.raises(vault.Damaged, match="gone"):
        vault.open(version, "original")
    with pytest.raises(Missing):
        objects().open("0123456789abcdef")


@pytest.mark.django_db
def test_object_changed_while_it_is_read_returns_no_further_byte(bucket):
    version = holding(os.urandom(3 * SEGMENT))
    with vault.open(version, "original") as reader:
        reader.read(10)
        bucket.put_object(Key=f"vault/{version.original_id}", Body=os.urandom(encrypted_size(3 * SEGMENT)))
        reader.seek(SEGMENT)
        with pytest.raises((OSError, vault.Damaged)):
            reader.read(10)


@pytest.mark.django_db
def test_delete_removes_the_object(bucket, django_capture_on_commit_callbacks):
    stored = vault.store(DocumentVersion(), "original", [b"x"])
    with django_capture_on_commit_callbacks(execute=True):
        vault.delete(stored)
    assert keys_in(bucket) == []


@pytest.mark.django_db
def test_file_is_deleted_while_the_bucket_is_away(bucket, django_capture_on_commit_callbacks, monkeypatch):
    stored = vault.store(DocumentVersion(), "original", [b"x"])
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    storages._storages.pop("vault")
    with django_capture_on_commit_callbacks(execute=True):
        vault.delete(stored)
    assert not StoredFile.objects.exists()
    storages._storages.pop("vault")


def test_no_object_has_a_url(bucket):
    for closed in (storages["vault"].url, storages["vault"]._open, storages["vault"]._save):
        with pytest.raises(NotImplementedError):
            closed("0123456789abcdef")


def test_objects_are_private(bucket):
    objects().create("0123456789abcdef").finish(0)
    grants = bucket.Object("vault/0123456789abcdef").Acl().grants
    assert all("URI" not in grant["Grantee"] for grant in grants)


@pytest.mark.django_db
def test_health_reports_an_unavailable_bucket(bucket, client, monkeypatch):
    assert client.get(reverse("site:readyz")).json()["storage"] == "ok"
    assert keys_in(bucket) == []
    bucket.delete()
    assert client.get(reverse("site:readyz")).json()["storage"] == "failing"
    bucket.create()
