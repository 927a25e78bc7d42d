"""A key in AWS KMS, which never leaves it. Credentials, region and endpoint are boto3's own environment variables."""

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from trustcenter.vault.keys.errors import KeyMissing, KeyRefused, KeyUnreachable

SECONDS = 5
# What KMS answers when the key is gone or is not to be used, and when it does not open what it was given.
GONE = {"NotFoundException", "DisabledException", "KMSInvalidStateException", "AccessDeniedException"}
REFUSED = {"InvalidCiphertextException", "IncorrectKeyException"}


class KMSKey:
    """`key` is an id, an ARN or an alias. KMS binds the context to what it wraps (its encryption context)."""

    def __init__(self, key: str) -> None:
        self.name = f"awskms:{key}"
        self._key = key
        limits = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"max_attempts": 2})
        try:
            self._client = boto3.client("kms", config=limits)
        except BotoCoreError as error:
            raise KeyMissing(f"{self.name} cannot be used: {error}") from error

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return bytes(self._ask("encrypt", "CiphertextBlob", Plaintext=key, EncryptionContext=_pairs(context)))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return bytes(self._ask("decrypt", "Plaintext", CiphertextBlob=wrapped, EncryptionContext=_pairs(context)))

    def _ask(self, deed: str, answer: str, **words: object) -> bytes:
        try:
            return bytes(getattr(self._client, deed)(KeyId=self._key, **words)[answer])
        except ClientError as error:
            code = error.response["Error"]["Code"]
            kind = KeyMissing if code in GONE else KeyRefused if code in REFUSED else KeyUnreachable
            raise kind(f"{self.name}: {error}") from error
        except ParamValidationError as error:
            raise KeyRefused(f"{self.name} cannot be asked for this: {error}") from error
        except BotoCoreError as error:
            raise KeyUnreachable(f"{self.name} does not answer: {error}") from error


def provider(key: str) -> KMSKey:
    return KMSKey(key)


def _pairs(context: bytes) -> dict[str, str]:
    return {"trustcenter": context.decode()}
