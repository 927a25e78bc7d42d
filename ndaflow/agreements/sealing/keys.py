"""The seal's private key, in a file, a PKCS#11 token or AWS KMS. All a key does is sign."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from trustcenter.vault.clients.errors import KeyMissing, KeyUnusable

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
SMALLEST_RSA, OWN_RSA = 2048, 3072


class SealKey(Protocol):
    """A private key that can sign."""

    def public_key(self) -> PublicKey:
        """RSA of 2048 bits or more, or EC on P-256. Raises KeyUnusable."""

    def sign(self, data: bytes) -> bytes:
        """The signature over SHA-256 of `data`: RSA PKCS#1 v1.5, or ECDSA in DER. Raises KeyUnusable."""


def suited(key: object) -> PublicKey:
    """Returns the key if it is of a kind that every verifier knows. Raises KeyUnusable."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyUnusable(f"the seal takes RSA of {SMALLEST_RSA} bits or more, or EC on P-256")


@dataclass(frozen=True)
class FileKey:
    """A PEM file without a password, readable by the worker's user only."""

    path: Path

    def public_key(self) -> PublicKey:
        return suited(self.private().public_key())

    def sign(self, data: bytes) -> bytes:
        private = self.private()
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return private.sign(data, ec.ECDSA(hashes.SHA256()))

    def private(self) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
        """The private key. Raises KeyUnusable."""
        try:
            private = _loaded(self.path.read_bytes())
        except FileNotFoundError:
            raise KeyUnusable(f"there is no key in {self.path}") from None
        except (OSError, ValueError, TypeError) as error:
            raise KeyUnusable(f"{self.path} is not a readable PEM key without a password: {error}") from error
        if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise KeyUnusable(f"{self.path} holds neither an RSA nor an EC key")
        suited(private.public_key())
        return private


# Each load proves the key's primes, which takes longer than a signature.
@functools.lru_cache(maxsize=2)
def _loaded(pem: bytes) -> PrivateKeyTypes:
    return serialization.load_pem_private_key(pem, password=None)


def new_private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=OWN_RSA)


def as_pem(private: rsa.RSAPrivateKey) -> bytes:
    """The key as a FileKey reads it."""
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def named(setting: str, *, default: Path, pin: str = "") -> SealKey:
    """The key that SEAL_KEY names. Raises KeyUnusable for a setting that cannot be understood.

    Empty or `file:PATH`; `pkcs11:token=LABEL;object=LABEL?module-path=FILE` (RFC 7512); `awskms:ID`.
    """
    scheme, _, rest = setting.partition(":")
    match scheme:
        case "":
            return FileKey(default)
        case "file" if rest.startswith("/"):
            return FileKey(Path(rest))
        case "awskms" | "pkcs11":
            return _from_service(scheme, setting, pin)
    raise KeyUnusable(
        f"SEAL_KEY is {setting!r}; write file:/path, pkcs11:token=…;object=…?module-path=… or awskms:key-id"
    )


def _from_service(scheme: str, setting: str, pin: str) -> SealKey:
    try:
        # Imported when needed: most installations have neither client.
        if scheme == "awskms":
            from ndaflow.agreements.sealing.kms_key import KMSKey

            return KMSKey.at(setting)
        from ndaflow.agreements.sealing.token_key import TokenKey

        return TokenKey.at(setting, pin)
    except ImportError:
        raise KeyMissing(f"SEAL_KEY needs the extra {scheme}: run `uv sync --extra {scheme}`") from None
