"""Files that belong to a row: encrypted when they are stored, checked when they are read."""

import hashlib
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import BinaryIO, Self, cast

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from trustcenter.vault import keys
from trustcenter.vault.holdings import binding, unowned
from trustcenter.vault.keys import KeyUnusable
from trustcenter.vault.models import StoredFile
from trustcenter.vault.objects import Missing, Unstored, objects
from trustcenter.vault.opening import make_first_key
from trustcenter.vault.stream import KEY_SIZE, Decryptor, Encryptor, Refused, encrypted_size
from trustcenter.work.ids import new_id

__all__ = ["Damaged", "Draft", "KeyUnusable", "Unstored", "delete", "open", "store", "sweep"]

# What a crash left behind is collected after this long; no upload takes an hour.
PATIENCE = timedelta(hours=1)


class Damaged(Exception):
    """The stored object is missing, or it is not the one that was stored for this row."""


class Draft:
    """A file that is being written for `owner`'s `field`: encrypted as the bytes come, stored by `finish`, kept by `keep`.

    The file is bound to the owner's primary key, which a row has before it is saved. As a context manager it removes
    what was written unless it was kept. It counts size and SHA-256. Raises `keys.KeyUnusable` if no key can wrap.
    """

    def __init__(self, owner: models.Model, field: str) -> None:
        self.owner, self.field = owner, field
        self.id = new_id()
        self.size = 0
        self._stored = False
        self._digest = hashlib.sha256()
        make_first_key()
        key, provider = secrets.token_bytes(KEY_SIZE), keys.current()
        context = binding(owner, field, self.id)
        self._key_name, self._wrapped = provider.name, provider.wrap(key, context)
        self._object = objects().create(self.id)
        self._encryptor: Encryptor | None = Encryptor(key, context, self._object.write)

    def write(self, data: bytes | memoryview) -> None:
        if self._encryptor is None:
            raise ValueError("the draft is closed")
        self._encryptor.write(data)
        self._digest.update(data)
        self.size += len(data)

    def finish(self) -> None:
        """Stores the bytes under their final name. Call it before the transaction that keeps them.

        Raises `objects.Unstored` if the stored length is not the written one; then nothing is stored.
        """
        if self._encryptor is None:
            raise ValueError("the draft is closed")
        self._encryptor.finish()
        self._encryptor = None
        self._object.finish(encrypted_size(self.size))
        self._stored = True

    def keep(self) -> StoredFile:
        """Writes the row of a finished draft, in the caller's transaction if there is one."""
        if not self._stored:
            raise ValueError("the draft is not finished")
        return StoredFile.objects.create(
            id=self.id,
            size=self.size,
            sha256=self._digest.hexdigest(),
            key_name=self._key_name,
            wrapped_key=self._wrapped,
        )

    def abandon(self) -> None:
        """Removes what was written, unless a committed row keeps it. Call it outside of a transaction."""
        self._encryptor = None
        if not self._stored:
            self._object.abandon()
        elif not StoredFile.objects.filter(pk=self.id).exists():
            self._stored = False
            objects().delete(self.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()


def store(owner: models.Model, field: str, chunks: Iterable[bytes]) -> StoredFile:
    """Stores the bytes of `chunks` for `owner`'s `field`. If one of them raises, nothing is stored."""
    with Draft(owner, field) as draft:
        for chunk in chunks:
            draft.write(chunk)
        draft.finish()
        return draft.keep()


def open(owner: models.Model, field: str, kept: int = 2) -> BinaryIO:
    """A seekable reader of the file in `owner`'s `field`, without a file descriptor; `kept` MiB of it stay in memory.

    Raises Damaged at once if the object is missing, cut off, or was stored for another row, and while reading before it
    gives out a byte that was not stored; `keys.KeyUnusable` if the key of the file cannot be unwrapped.
    """
    stored: StoredFile | None = getattr(owner, field)
    if stored is None:
        raise Damaged(f"{owner._meta.label_lower} {owner.pk} has no {field}")
    context = binding(owner, field, stored.pk)
    try:
        key = keys.unwrap(stored.key_name, bytes(stored.wrapped_key), context)
        ciphertext = objects().open(stored.pk)
    except keys.KeyRefused as error:
        raise Damaged(f"stored file {stored.pk} was not stored for {context.decode()}: {error}") from error
    except Missing as error:
        raise Damaged(f"stored file {stored.pk} is gone") from error
    try:
        if ciphertext.size != encrypted_size(stored.size):
            raise Refused(f"{ciphertext.size} bytes instead of {encrypted_size(stored.size)}")
        return cast(BinaryIO, _Reader(key, context, ciphertext, kept))
    except Refused as refusal:
        ciphertext.close()
        raise Damaged(f"stored file {stored.pk}: {refusal}") from refusal


class _Reader(Decryptor):
    """A Decryptor that raises Damaged, as the vault's callers expect."""

    def _plain(self, segment: int) -> tuple[bytearray, int]:
        try:
            return super()._plain(segment)
        except Refused as refusal:
            raise Damaged(str(refusal)) from refusal


def delete(stored: StoredFile) -> None:
    """Deletes the row, which holds the object's key, and after the commit the object.

    So no row points at a missing object, and nobody can open an object that outlives its row (in the history of a
    bucket, in a backup). If the storage is away, the row stays deleted, and `sweep` deletes the object later.
    """
    id = stored.pk
    stored.delete()
    transaction.on_commit(lambda: objects().delete(id), robust=True)


def sweep() -> int:
    """Deletes what crashes left: unfinished objects, objects without a row, rows that nothing refers to.

    Returns their number. What is younger than an hour may still be in use, and stays.
    """
    before = timezone.now() - PATIENCE
    swept = objects().sweep(before.timestamp())
    for stored in unowned().filter(created_at__lt=before):
        # Every reference to a stored file is PROTECT: a reference that was made meanwhile keeps it.
        with suppress(ProtectedError), transaction.atomic():
            delete(stored)
            swept += 1
    for name, written in objects().names():
        if written < before.timestamp() and not StoredFile.objects.filter(pk=name).exists():
            objects().delete(name)
            swept += 1
    return swept
