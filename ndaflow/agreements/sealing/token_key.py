"""The seal's key in a PKCS#11 token: a key pair, found by its label."""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from pkcs11 import KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature
from pkcs11.util.rsa import encode_rsa_public_key

from ndaflow.agreements.sealing.keys import PublicKey, suited
from trustcenter.vault.clients.errors import KeyUnusable
from trustcenter.vault.clients.pkcs11 import Pin, PinRefused, TokenAddress, token_address, token_key


@dataclass(frozen=True)
class TokenKey:
    """A key pair in a token. The private key never leaves the token."""

    address: TokenAddress
    pin: Pin = field(repr=False)

    @classmethod
    def at(cls, setting: str, pin: str) -> Self:
        """The key at an address. Raises KeyUnusable for an invalid address or a missing PIN."""
        address = token_address(setting)
        if not pin:
            raise PinRefused("SEAL_PIN is not set")
        return cls(address, Pin(pin, "SEAL_PIN"))

    def public_key(self) -> PublicKey:
        with self._key(ObjectClass.PUBLIC_KEY) as key:
            # PKCS#1 under "RSA PUBLIC KEY" and SubjectPublicKeyInfo both load from DER.
            if key.key_type == KeyType.RSA:
                return suited(serialization.load_der_public_key(encode_rsa_public_key(key)))
            if key.key_type == KeyType.EC:
                return suited(serialization.load_der_public_key(encode_ec_public_key(key)))
        raise KeyUnusable(f"the key {self.address.object} is neither RSA nor EC")

    def sign(self, data: bytes) -> bytes:
        with self._key(ObjectClass.PRIVATE_KEY) as key:
            if key.key_type == KeyType.RSA:
                return bytes(key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
            # The raw mechanism over our own digest, because not every token hashes for ECDSA.
            digest = hashlib.sha256(data).digest()
            return bytes(encode_ecdsa_signature(key.sign(digest, mechanism=Mechanism.ECDSA)))

    def _key(self, kind: ObjectClass) -> AbstractContextManager[Any]:
        return token_key(self.address, self.pin, kind)
