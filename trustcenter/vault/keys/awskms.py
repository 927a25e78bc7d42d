"""A symmetric key in AWS KMS, which never leaves it."""

from trustcenter.vault.clients.awskms import call, kms_address


class KMSKey:
    """`key` is an id, an ARN or an alias. KMS binds the context to what it wraps, as its encryption context."""

    def __init__(self, key: str) -> None:
        self.name = f"awskms:{key}"
        self._address = kms_address(key)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        answer = call(self._address, "encrypt", Plaintext=key, EncryptionContext=_pairs(context))
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        answer = call(self._address, "decrypt", CiphertextBlob=wrapped, EncryptionContext=_pairs(context))
        return bytes(answer["Plaintext"])


def provider(key: str) -> KMSKey:
    return KMSKey(key)


def _pairs(context: bytes) -> dict[str, str]:
    return {"trustcenter": context.decode()}
