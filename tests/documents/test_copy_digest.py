import hashlib
import random

import pytest

from documents import copy_digest
from documents.copy_digest import CopyDigest
from documents.delivery import deliver
from documents.models import DocumentVersion
from trustcenter.vault import files as vault


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch):
    monkeypatch.setattr(copy_digest, "_before_mark", {})


def counted(stored_id, offset, data, sizes):
    copy = CopyDigest(stored_id, offset)
    while data:
        size = next(sizes)
        copy.update(data[:size])
        data = data[size:]
    return copy.hexdigest()


@pytest.mark.once
def test_digest_does_not_depend_on_offset_and_chunks():
    chance = random.Random(7)
    for length in (1, 2, 63, 64, 65, 1000):
        for offset in {0, 1, length // 2, length - 1, length, length + 5}:
            before = chance.randbytes(length)
            for _reader in range(3):
                after = chance.randbytes(length)
                data = before[:offset] + after[offset:]
                sizes = iter(lambda: chance.randint(1, 70), 0)
                assert counted(f"a{length}", offset, data, sizes) == hashlib.sha256(data).hexdigest()


@pytest.mark.once
def test_number_of_stored_digests_is_limited():
    for number in range(copy_digest.KEPT + 10):
        counted(str(number), 3, b"abcdef", iter([6]))
    assert len(copy_digest._before_mark) == copy_digest.KEPT


@pytest.mark.django_db
def test_digest_of_a_second_copy_is_correct_without_hashing_the_common_start(rhea, report, grant):
    for _copy in range(3):
        copy = deliver(report.slug, reader=rhea, session_key="s")
        data = b"".join(copy.chunks)
        assert copy.delivery.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.django_db
def test_changed_file_is_not_delivered_with_a_stored_digest(rhea, report, grant, files):
    """The stored digest is of the original bytes; bytes that were changed since are not delivered."""
    b"".join(deliver(report.slug, reader=rhea, session_key="s").chunks)
    stored = DocumentVersion.objects.get(document=report).reading_copy
    path = files / stored.pk[:2] / stored.pk[2:4] / stored.pk
    spoilt = bytearray(path.read_bytes())
    spoilt[100] ^= 1
    path.write_bytes(spoilt)
    with pytest.raises(vault.Damaged):
        deliver(report.slug, reader=rhea, session_key="s")


@pytest.mark.django_db
def test_mark_comes_after_the_common_part_of_the_file(uploaded):
    from documents import tasks
    from tests import cast
    from tests.documents import pdfs

    version = uploaded(cast.document(), pdfs.blank(*[pdfs.TEXT] * 40))
    tasks.check_version.call(version.pk)
    version.refresh_from_db()
    offset = next(slot["offset"] for slot in version.mark_slots if slot["field"] == "drawing")
    assert offset > version.reading_copy.size / 2
