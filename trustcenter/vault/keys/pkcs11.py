"""A key in a hardware security module, which never leaves it: an AES key of 256 bits.

Its name is `pkcs11:token=LABEL;object=LABEL?module-path=FILE` (RFC 7512); `VAULT_PIN` is the user's PIN.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pkcs11
from django.conf import settings
from pkcs11 import GCMParams, KeyType, Mechanism, ObjectClass

from trustcenter.vault.clients.pkcs11 import AddressError, PinRefused, token_address, token_session
from trustcenter.vault.keys.errors import KeyMissing, KeyRefused, KeyUnreachable

NONCE = 12


class HardwareKey:
    """AES-256-GCM inside the module, with the context as associated data."""

    def __init__(self, key: str) -> None:
        self.name = f"pkcs11:{key}"
        try:
            self._address = token_address(key)
        except AddressError as error:
            raise KeyMissing(f"The vault's key {self.name} {error}") from None

    def wrap(self, key: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        with self._key() as found:
            return nonce + bytes(
                found.encrypt(key, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, context))
            )

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        parameters = GCMParams(wrapped[:NONCE], context)
        with self._key() as found:
            try:
                return bytes(found.decrypt(wrapped[NONCE:], mechanism=Mechanism.AES_GCM, mechanism_param=parameters))
            except pkcs11.PKCS11Error as error:
                if isinstance(error, pkcs11.DeviceError | pkcs11.DeviceRemoved | pkcs11.SessionHandleInvalid):
                    raise
                raise KeyRefused(f"{self.name} does not open this file's key") from None

    @contextmanager
    def _key(self) -> Iterator[Any]:
        address = self._address
        try:
            with token_session(address, settings.VAULT_PIN, "VAULT_PIN") as session:
                yield session.get_key(object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=address.object)
        except PinRefused as refusal:
            # Not a thing that passes: asked again and again, the token would lock.
            raise KeyMissing(f"{self.name} cannot be used: {refusal}") from None
        except pkcs11.NoSuchKey:
            raise KeyMissing(f"{self.name} is not in the token") from None
        except RuntimeError as error:
            raise KeyUnreachable(f"{self.name} cannot be used: {type(error).__name__} {error}") from error


def provider(key: str) -> HardwareKey:
    return HardwareKey(key)
