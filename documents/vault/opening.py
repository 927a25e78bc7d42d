"""Whether the vault can be opened, and the first key of one that is still empty."""

from django.conf import settings

from documents.vault import keys
from documents.vault.holdings import binding, holdings
from documents.vault.keys import local
from documents.vault.models import StoredFile
from documents.vault.objects import objects


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


def check() -> None:
    """Opens the key of one file for every key that wraps any. Raises `keys.VaultKeyError` for the first that fails."""
    make_first_key()
    keys.current()
    for name in StoredFile.objects.order_by("key_name").values_list("key_name", flat=True).distinct():
        one = next(holdings(StoredFile.objects.filter(key_name=name)), None)
        if one is not None:
            owner, field = one
            stored = getattr(owner, field)
            keys.unwrap(name, bytes(stored.wrapped_key), binding(owner, field, stored.pk))
