"""Who can open the vault: each file's own key is kept wrapped by one of these providers.

`VAULT_KEY` names the key that wraps now, as `local`, `awskms:KEY`, `vault-transit:KEY` or `pkcs11:…` (RFC 7512). The
name that is stored beside a wrapped key says where to unwrap it, whatever `VAULT_KEY` says today.
"""

from importlib import import_module
from typing import Protocol

from django.conf import settings

from trustcenter.vault.clients.errors import KeyMissing, KeyRefused, KeyUnreachable, KeyUnusable

__all__ = ["KeyMissing", "KeyProvider", "KeyRefused", "KeyUnreachable", "KeyUnusable", "current", "unwrap"]

KINDS = {"local": "local", "awskms": "awskms", "vault-transit": "transit", "pkcs11": "pkcs11"}


class KeyProvider(Protocol):
    """Wraps and unwraps the 32-byte keys of files with a key that it does not give out.

    `context` says what the file belongs to: with another one the wrapped key does not open. All methods raise
    KeyMissing, KeyRefused or KeyUnreachable.
    """

    name: str

    def wrap(self, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes: ...


def current() -> KeyProvider:
    """The provider that wraps the keys of new files. Raises KeyMissing for a name of an unknown kind."""
    return _provider(settings.VAULT_KEY)


def unwrap(name: str, wrapped: bytes, context: bytes) -> bytes:
    """The key of a file that was wrapped under `name`, by whichever provider that was."""
    return _provider(name).unwrap(wrapped, context)


def _provider(name: str) -> KeyProvider:
    kind, _colon, key = name.partition(":")
    if kind not in KINDS:
        raise KeyMissing(f"{name} is not a key that the vault knows; it begins with one of {', '.join(KINDS)}")
    # Loaded by need: most installations have no client for the other kinds.
    try:
        module = import_module(f"trustcenter.vault.keys.{KINDS[kind]}")
    except ImportError as error:
        raise KeyMissing(
            f"{name} needs a package that is not installed ({error.name}); see the README's extras"
        ) from error
    provider: KeyProvider = module.provider(key)
    return provider
