"""The keys of the vault. Each file has its own key, which one of these providers wraps.

`VAULT_KEY` names the key that wraps new files: `local`, `awskms:KEY`, `vault-transit:KEY` or `pkcs11:…` (RFC 7512). The
name that is stored beside a wrapped key says which provider unwraps it, so `VAULT_KEY` can change at any time.
"""

from importlib import import_module
from typing import Protocol

from django.conf import settings

from trustcenter.vault.clients.errors import KeyMissing, KeyRefused, KeyUnreachable, KeyUnusable

__all__ = ["KeyMissing", "KeyProvider", "KeyRefused", "KeyUnreachable", "KeyUnusable", "current", "unwrap"]

KINDS = {"local": "local", "awskms": "awskms", "vault-transit": "transit", "pkcs11": "pkcs11"}


class KeyProvider(Protocol):
    """Wraps and unwraps the 32-byte keys of files with a key that it never hands out.

    `context` says what the file belongs to: with another context the wrapped key does not open. All methods raise
    KeyMissing, KeyRefused, KeyUnreachable or KeyUnusable.
    """

    name: str

    def wrap(self, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes: ...


def current() -> KeyProvider:
    """The provider that wraps the keys of new files. Raises KeyMissing for a name of an unknown kind."""
    return _provider(settings.VAULT_KEY)


def unwrap(name: str, wrapped: bytes, context: bytes) -> bytes:
    """The key of a file that was wrapped under `name`, now or by an earlier VAULT_KEY. Raises as KeyProvider does."""
    return _provider(name).unwrap(wrapped, context)


def _provider(name: str) -> KeyProvider:
    kind, _colon, key = name.partition(":")
    if kind not in KINDS:
        raise KeyMissing(
            f"{name!r} does not name a key of the vault. A key's name begins with one of {', '.join(KINDS)}"
        )
    # Imported when needed: most installations have no client for the other kinds.
    try:
        module = import_module(f"trustcenter.vault.keys.{KINDS[kind]}")
    except ImportError as error:
        raise KeyMissing(
            f"{name} needs the package {error.name}, which is not installed. Install the extra that the README names"
        ) from error
    provider: KeyProvider = module.provider(key)
    return provider
