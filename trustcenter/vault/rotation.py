"""Wraps every file's key again, with the current key. The files themselves do not change and stay readable."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model, QuerySet

from trustcenter import audit
from trustcenter.audit.actions import Action
from trustcenter.vault import keys
from trustcenter.vault.holdings import binding, holdings
from trustcenter.vault.keys import local
from trustcenter.vault.models import StoredFile
from trustcenter.vault.opening import check


@dataclass(frozen=True)
class Rotation:
    """The result: the key that wraps now, how many files were rewrapped, and how many are left.

    `refused` holds the ids of files whose wrapped key did not open. They stay as they are and are in neither count.
    """

    key: str
    rewrapped: int
    left: int
    refused: list[str]


def rotate() -> Rotation:
    """Wraps every file's key with the current key. If that is a local key that already wraps every file, makes a new one.

    If it is interrupted, every file stays readable, and the next call continues with the same key. Raises KeyUnusable,
    without having made a key, if the current key opens nothing.
    """
    check()
    done = _rewrap_all()
    if settings.VAULT_KEY == "local" and not done.rewrapped and not done.left:
        local.add()
        done = _rewrap_all()
    return done


def _rewrap_all() -> Rotation:
    provider = keys.current()
    rewrapped, refused = 0, list[str]()
    try:
        for owner, field in holdings(_waiting(provider.name)):
            if key := _opened(owner, field):
                rewrapped += _rewrap(provider, owner, field, key)
            else:
                # One damaged row must not leave all files after it with a key that is to be retired.
                refused.append(getattr(owner, field).pk)
    finally:
        # Also after an error: the log records what was rewrapped until then.
        if rewrapped:
            with audit.change(by=None) as change:
                change.record(Action.KEYS_ROTATED, key=provider.name, count=rewrapped)
    left = set(_waiting(provider.name).values_list("pk", flat=True)) - set(refused)
    return Rotation(provider.name, rewrapped, len(left), refused)


def _waiting(key: str) -> QuerySet[StoredFile]:
    return StoredFile.objects.exclude(key_name=key)


def _opened(owner: Model, field: str) -> bytes | None:
    """The file's key, or None if the wrapped key in its row was not wrapped for this file."""
    stored = getattr(owner, field)
    try:
        return keys.unwrap(stored.key_name, bytes(stored.wrapped_key), binding(owner, field, stored.pk))
    except keys.KeyRefused:
        return None


def _rewrap(provider: keys.KeyProvider, owner: Model, field: str, key: bytes) -> int:
    stored = getattr(owner, field)
    wrapped = provider.wrap(key, binding(owner, field, stored.pk))
    # If two rotations run at once, the second finds another wrapped key than it read and leaves the row alone.
    same = StoredFile.objects.filter(pk=stored.pk, wrapped_key=bytes(stored.wrapped_key))
    return same.update(key_name=provider.name, wrapped_key=wrapped)
