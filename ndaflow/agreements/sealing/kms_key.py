"""The seal's key in AWS KMS: an asymmetric key for SIGN_VERIFY."""

from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ndaflow.agreements.sealing.keys import PublicKey, suited
from trustcenter.vault.clients.awskms import KMSAddress, call, kms_address


@dataclass(frozen=True)
class KMSKey:
    """A key in KMS. The private key never leaves KMS."""

    address: KMSAddress

    @classmethod
    def at(cls, setting: str) -> Self:
        return cls(kms_address(setting))

    def public_key(self) -> PublicKey:
        return suited(serialization.load_der_public_key(call(self.address, "get_public_key")["PublicKey"]))

    def sign(self, data: bytes) -> bytes:
        algorithm = "RSASSA_PKCS1_V1_5_SHA_256" if isinstance(self.public_key(), rsa.RSAPublicKey) else "ECDSA_SHA_256"
        # KMS hashes up to 4096 bytes itself; our signed attributes and certificate requests have a few hundred.
        answer = call(self.address, "sign", Message=data, MessageType="RAW", SigningAlgorithm=algorithm)
        return bytes(answer["Signature"])
