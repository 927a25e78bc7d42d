"""New wrapping for every file's key; the files themselves stay as they are, and can be read all the while."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet

from documents.vault import keys
from documents.vault.holdings import binding, holdings
from documents.vault.keys import local
from documents.vault.models import StoredFile
from documents.vault.opening import make_first_key
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record


@dataclass(frozen=True)
class Rotation:
    """How far it came: the key that wraps now, how many files it was given, and how many it does not wrap yet."""

    key: str
    rewrapped: int
    left: int


def rotate() -> Rotation:
    """Wraps every file's key with the current key, which is a new one where the key is local and in use everywhere.

    Interrupted, it leaves every file readable, and the next call goes on with the same key. Raises VaultKeyError.
    """
    make_first_key()
    if settings.VAULT_KEY == "local" and not _waiting(keys.current().name).exists():
        local.add()
    provider = keys.current()
    rewrapped = sum(_rewrap(provider, owner, field) for owner, field in holdings(_waiting(provider.name)))
    left = _waiting(provider.name).count()
    with transaction.atomic(durable=True):
        record(Action.KEYS_ROTATED, actor=None, subject=None, key=provider.name, count=rewrapped)
    return Rotation(provider.name, rewrapped, left)


def _waiting(key: str) -> QuerySet[StoredFile]:
    return StoredFile.objects.exclude(key_name=key)


def _rewrap(provider: keys.KeyProvider, owner: Model, field: str) -> int:
    stored = getattr(owner, field)
    context, old = binding(owner, field, stored.pk), bytes(stored.wrapped_key)
    wrapped = provider.wrap(keys.unwrap(stored.key_name, old, context), context)
    # Two rotations at once: whoever comes second finds another wrapping than it read and leaves it.
    same = StoredFile.objects.filter(pk=stored.pk, wrapped_key=old)
    return same.update(key_name=provider.name, wrapped_key=wrapped)
