"""A key in a hardware security module, which never leaves it: an AES key of 256 bits.

Its name is `pkcs11:token=LABEL;object=LABEL?module-path=FILE` (RFC 7512); `VAULT_PIN` is the user's PIN.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pkcs11
from django.conf import settings
from pkcs11 import GCMParams, KeyType, Mechanism, ObjectClass, Session, Token

from documents.vault.keys.errors import KeyMissing, KeyRefused, KeyUnreachable
from trustcenter.hardwarekeys import AddressError, token_address

NONCE = 12
# One module is loaded once in a process, and not every one can be asked by two threads at once.
_turn = threading.Lock()


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
        with _turn:
            try:
                with self._session() as session:
                    label = self._address.object
                    yield session.get_key(object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=label)
            except pkcs11.NoSuchKey:
                raise KeyMissing(f"{self.name} is not in the token") from None
            except pkcs11.PKCS11Error as error:
                raise KeyUnreachable(f"{self.name} cannot be used: {type(error).__name__} {error}") from error

    def _session(self) -> Session:
        """Looked for every time: a token that was pulled out and put back may be in another slot."""
        module, label = self._address.module, self._address.token
        try:
            token: Token = pkcs11.lib(module).get_token(token_label=label)
        except (RuntimeError, pkcs11.PKCS11Error) as error:
            raise KeyUnreachable(f"The token {label} of {module} cannot be used: {error}") from error
        return token.open(user_pin=settings.VAULT_PIN)


def provider(key: str) -> HardwareKey:
    return HardwareKey(key)
