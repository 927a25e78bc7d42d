"""Where the seal's private key lives: a file, a PKCS#11 token or AWS KMS. Signing is all that any of them offers."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from trustcenter.vault.clients.pkcs11 import AddressError, PinRefused, TokenAddress, token_address, token_session

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
# In seconds: a key service that does not answer must not hold the worker.
CONNECT, READ = 5, 10
SMALLEST_RSA, OWN_RSA = 2048, 3072


class KeyUnusable(Exception):
    """The key cannot be had or cannot seal; the text says why, for the operator."""


class KeyAway(KeyUnusable):
    """The key's keeper does not answer now; it may in a moment."""


class SealKey(Protocol):
    """A private key by what it can do."""

    def public_key(self) -> PublicKey:
        """RSA of 2048 bits or more, or EC on P-256. Raises KeyUnusable."""

    def sign(self, data: bytes) -> bytes:
        """The signature over SHA-256 of `data`: RSA PKCS#1 v1.5, or ECDSA in DER. Raises KeyUnusable."""


def suited(key: object) -> PublicKey:
    """The key itself, if every verifier can be expected to know its kind. Raises KeyUnusable."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyUnusable(f"the seal takes RSA of {SMALLEST_RSA} bits or more, or EC on P-256")


@dataclass(frozen=True)
class FileKey:
    """A PEM file without a password, for the worker's account alone."""

    path: Path

    def public_key(self) -> PublicKey:
        return suited(self._private().public_key())

    def sign(self, data: bytes) -> bytes:
        private = self._private()
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return private.sign(data, ec.ECDSA(hashes.SHA256()))

    def _private(self) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
        try:
            private = serialization.load_pem_private_key(self.path.read_bytes(), password=None)
        except FileNotFoundError:
            raise KeyUnusable(f"there is no key in {self.path}") from None
        except (OSError, ValueError, TypeError) as error:
            raise KeyUnusable(f"{self.path} is not a readable PEM key without a password: {error}") from error
        if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise KeyUnusable(f"{self.path} holds neither an RSA nor an EC key")
        suited(private.public_key())
        return private


@dataclass(frozen=True)
class TokenKey:
    """A key pair in a PKCS#11 token, found by its label; the PIN is never part of the setting."""

    address: TokenAddress
    pin: str

    def public_key(self) -> PublicKey:
        import pkcs11
        from pkcs11.util.ec import encode_ec_public_key
        from pkcs11.util.rsa import encode_rsa_public_key

        with self._session() as session:
            found = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=self.address.object)
            if found.key_type == pkcs11.KeyType.RSA:
                numbers = encode_rsa_public_key(found)
                # PKCS#1 under "RSA PUBLIC KEY" and SubjectPublicKeyInfo both load from DER.
                return suited(serialization.load_der_public_key(numbers))
            if found.key_type == pkcs11.KeyType.EC:
                return suited(serialization.load_der_public_key(encode_ec_public_key(found)))
        raise KeyUnusable(f"the key {self.address.object} is neither RSA nor EC")

    def sign(self, data: bytes) -> bytes:
        import pkcs11
        from pkcs11.util.ec import encode_ecdsa_signature

        with self._session() as session:
            private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self.address.object)
            if private.key_type == pkcs11.KeyType.RSA:
                return private.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
            # The plain mechanism over a digest of ours, because not every token hashes for ECDSA.
            digest = hashlib.sha256(data).digest()
            return encode_ecdsa_signature(private.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))

    @contextmanager
    def _session(self) -> Iterator[Any]:
        try:
            import pkcs11
        except ImportError:
            raise KeyUnusable("keys in a token need the extra pkcs11 (uv sync --extra pkcs11)") from None
        token, label = self.address.token, self.address.object
        try:
            with token_session(self.address, self.pin, "SEAL_PIN") as session:
                yield session
        except PinRefused as refusal:
            raise KeyUnusable(str(refusal)) from None
        except pkcs11.NoSuchToken:
            raise KeyAway(f"there is no token {token}") from None
        except pkcs11.NoSuchKey:
            raise KeyUnusable(f"the token {token} has no key pair {label}") from None
        except pkcs11.MultipleObjectsReturned:
            raise KeyUnusable(f"the token {token} has more than one key {label}") from None
        except (pkcs11.DeviceError, pkcs11.DeviceRemoved, pkcs11.TokenNotPresent) as error:
            raise KeyAway(f"the token {token} does not answer: {type(error).__name__}") from error
        except (RuntimeError, OSError) as error:
            said = f"{type(error).__name__} {error}".strip()
            raise KeyUnusable(f"the token {token} in {self.address.module} does not work: {said}") from error


@dataclass(frozen=True)
class KmsKey:
    """An asymmetric SIGN_VERIFY key of AWS KMS by its id, alias or ARN; credentials come as boto3 finds them."""

    id: str

    def public_key(self) -> PublicKey:
        found = self._ask("get_public_key")
        return suited(serialization.load_der_public_key(found["PublicKey"]))

    def sign(self, data: bytes) -> bytes:
        rule = "RSASSA_PKCS1_V1_5_SHA_256" if isinstance(self.public_key(), rsa.RSAPublicKey) else "ECDSA_SHA_256"
        # KMS hashes up to 4096 bytes itself; signed attributes and certificates of ours have a few hundred.
        return bytes(self._ask("sign", Message=data, MessageType="RAW", SigningAlgorithm=rule)["Signature"])

    def _ask(self, errand: str, **words: Any) -> dict[str, Any]:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
        except ImportError:
            raise KeyUnusable("keys in AWS KMS need the extra awskms (uv sync --extra awskms)") from None
        # arn:aws:kms:REGION:ACCOUNT:key/ID
        parts = self.id.split(":")
        region = parts[3] if len(parts) == 6 and parts[0] == "arn" else None
        patience = Config(connect_timeout=CONNECT, read_timeout=READ, retries={"total_max_attempts": 2})
        try:
            client = boto3.client("kms", region_name=region, config=patience)
            return dict(getattr(client, errand)(KeyId=self.id, **words))
        except (ConnectionError, HTTPClientError) as error:
            raise KeyAway(f"AWS KMS does not answer: {error}") from error
        except (BotoCoreError, ClientError) as error:
            raise KeyUnusable(f"AWS KMS did not {errand.replace('_', ' ')} {self.id}: {error}") from error


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
        case "awskms" if rest:
            return KmsKey(rest)
        case "pkcs11":
            return _in_token(setting, pin)
    raise KeyUnusable(
        f"SEAL_KEY is {setting!r}; write file:/path, pkcs11:token=…;object=…?module-path=… or awskms:key-id"
    )


def _in_token(setting: str, pin: str) -> TokenKey:
    try:
        found = token_address(setting)
    except AddressError as error:
        raise KeyUnusable(f"SEAL_KEY {error}") from None
    if not pin:
        raise KeyUnusable("SEAL_PIN is not set")
    return TokenKey(found, pin)
