"""Whether the vault can be opened, and the first key of one that is still empty."""

from dataclasses import dataclass
from itertools import islice

from django.conf import settings

from trustcenter.vault import keys
from trustcenter.vault.holdings import binding, holdings
from trustcenter.vault.keys import local
from trustcenter.vault.models import StoredFile
from trustcenter.vault.objects import objects

# So many of a key's files may refuse before the key is called the wrong one; mostly the first one opens.
TRIED = 20


@dataclass(frozen=True)
class _Look:
    """Whether a file opened with a key, and the ids of those that did not before it."""

    opened: bool
    refused: list[str]


def make_first_key() -> None:
    """Makes the local key of an empty vault, and of no other.

    Raises KeyMissing where files are stored and the key is gone: a new one would open none of them, and would hide
    that they are lost.
    """
    if settings.VAULT_KEY != "local" or local.path().exists():
        return
    if StoredFile.objects.exists() or next(objects().names(), None) is not None:
        raise keys.KeyMissing(f"{local.path()} is gone, and files are stored; put it back from where you keep it")
    local.add(first=True)


def check() -> list[str]:
    """Opens the key of one file for every key that wraps any; returns the ids of files that refused on the way.

    A key is the wrong one if nothing opens with it; a former one only if no other opens anything either, because what a
    rotation leaves with it is damaged. Raises `keys.KeyUnusable` for a key that is wrong, missing or unreachable.
    """
    make_first_key()
    present = keys.current().name
    names = StoredFile.objects.order_by("key_name").values_list("key_name", flat=True).distinct()
    looks = {name: _look(name) for name in names}
    some_open = any(look.opened for look in looks.values())
    for name, look in looks.items():
        if look.refused and not look.opened and (name == present or not some_open):
            raise keys.KeyRefused(f"{name} opens none of the files that were tried: {', '.join(look.refused)}")
    return [id for look in looks.values() for id in look.refused]


def _look(key: str) -> _Look:
    refused = list[str]()
    for owner, field in islice(holdings(StoredFile.objects.filter(key_name=key)), TRIED):
        stored = getattr(owner, field)
        try:
            keys.unwrap(key, bytes(stored.wrapped_key), binding(owner, field, stored.pk))
        except keys.KeyRefused:
            refused.append(stored.pk)
        else:
            return _Look(True, refused)
    return _Look(False, refused)
