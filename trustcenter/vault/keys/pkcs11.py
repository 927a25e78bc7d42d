"""An AES key of 256 bits in a hardware token, which never leaves it. `VAULT_PIN` is the user's PIN."""

import secrets
from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from pkcs11 import GCMParams, KeyType, Mechanism, ObjectClass, PKCS11Error

from trustcenter.vault.clients.errors import KeyRefused
from trustcenter.vault.clients.pkcs11 import UNREACHABLE, Pin, token_address, token_key

NONCE = 12


class HardwareKey:
    """AES-256-GCM inside the token, with the context as associated data."""

    def __init__(self, key: str) -> None:
        self.name = f"pkcs11:{key}"
        self._address = token_address(key)

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
            except UNREACHABLE:
                raise
            except PKCS11Error:
                raise KeyRefused(f"{self.name} does not open this file's key") from None

    def _key(self) -> AbstractContextManager[Any]:
        pin = Pin(settings.VAULT_PIN, "VAULT_PIN")
        return token_key(self._address, pin, ObjectClass.SECRET_KEY, KeyType.AES)


def provider(key: str) -> HardwareKey:
    return HardwareKey(key)
