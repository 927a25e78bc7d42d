"""Checks that the vault can be opened, and makes the first key of an empty vault."""

from dataclasses import dataclass
from itertools import islice

from django.conf import settings

from trustcenter.vault import keys
from trustcenter.vault.holdings import binding, holdings
from trustcenter.vault.keys import local
from trustcenter.vault.models import StoredFile
from trustcenter.vault.objects import objects

# How many of a key's files are tried before the key counts as wrong. Usually the first one opens.
MAX_TRIES = 20


@dataclass(frozen=True)
class _Trial:
    """Whether one of the tried files opened with a key, and the ids of those that did not."""

    opened: bool
    refused: list[str]


def make_first_key() -> None:
    """Makes the local key of an empty vault.

    Raises KeyMissing if files are stored and the key is gone: a new key would open none of them, and would hide that
    they are lost.
    """
    if settings.VAULT_KEY != "local" or local.path().exists():
        return
    if StoredFile.objects.exists() or next(objects().names(), None) is not None:
        raise keys.KeyMissing(f"{local.path()} is gone, and files are stored. Restore it from your copy of it")
    local.add(first=True)


def check() -> list[str]:
    """Tries to unwrap the key of one file for every key in use; returns the ids of files that did not open on the way.

    A key is wrong if no file opens with it. A former key is wrong only if no other key opens a file either, because
    rotation leaves damaged files with their former key. Raises `keys.KeyUnusable` for a key that is wrong, missing or
    unreachable.
    """
    make_first_key()
    current = keys.current().name
    names = StoredFile.objects.order_by("key_name").values_list("key_name", flat=True).distinct()
    trials = {name: _try(name) for name in names}
    some_open = any(trial.opened for trial in trials.values())
    for name, trial in trials.items():
        if trial.refused and not trial.opened and (name == current or not some_open):
            raise keys.KeyRefused(f"{name} opens none of the files that were tried: {', '.join(trial.refused)}")
    return [id for trial in trials.values() for id in trial.refused]


def _try(key: str) -> _Trial:
    refused = list[str]()
    for owner, field in islice(holdings(StoredFile.objects.filter(key_name=key)), MAX_TRIES):
        stored = getattr(owner, field)
        try:
            keys.unwrap(key, bytes(stored.wrapped_key), binding(owner, field, stored.pk))
        except keys.KeyRefused:
            refused.append(stored.pk)
        else:
            return _Trial(True, refused)
    return _Trial(False, refused)
