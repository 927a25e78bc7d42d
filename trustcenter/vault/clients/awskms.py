"""The client of AWS KMS: where a key is, one connection pool for each region, and what its errors mean.

Credentials, region and endpoint come from boto3's own environment variables and roles.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, ParamValidationError

from trustcenter.vault.clients.errors import KeyMissing, KeyRefused, KeyUnreachable, KeyUnusable

# A service that does not answer must not hold a download or the worker for longer than two tries of this many seconds.
TIMEOUT = 5
LIMITS = Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"total_max_attempts": 2})
# https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and the errors of Encrypt, Decrypt and Sign.
MISSING = {"NotFoundException", "DisabledException", "KMSInvalidStateException", "AccessDeniedException"}
REFUSED = {"InvalidCiphertextException", "IncorrectKeyException"}
UNREACHABLE = {
    "DependencyTimeoutException",
    "InternalFailure",
    "KMSInternalException",
    "KeyUnavailableException",
    "ServiceUnavailable",
    "ThrottlingException",
}


@dataclass(frozen=True)
class KMSAddress:
    """A key by its id, alias or ARN; an ARN also names its region."""

    key: str
    region: str | None


def kms_address(text: str) -> KMSAddress:
    """The address in `text`, with or without `awskms:`. Raises KeyMissing."""
    key = text.removeprefix("awskms:")
    if not key:
        raise KeyMissing("an AWS KMS key is written awskms:KEY, where KEY is an id, an alias or an ARN")
    # arn:aws:kms:REGION:ACCOUNT:key/ID
    parts = key.split(":")
    return KMSAddress(key, parts[3] if len(parts) == 6 and parts[0] == "arn" else None)


def call(address: KMSAddress, operation: str, **arguments: Any) -> dict[str, Any]:
    """What KMS answers when `operation` ("encrypt", "sign" …) is called with this key.

    Raises KeyMissing, KeyRefused and KeyUnreachable where the error says which it is, KeyUnusable for any other.
    """
    try:
        answer: dict[str, Any] = getattr(client(address.region), operation)(KeyId=address.key, **arguments)
    except ClientError as error:
        raise _meaning(error)(_text(address, operation, error)) from error
    except ParamValidationError as error:
        raise KeyRefused(_text(address, operation, error)) from error
    except (ConnectionError, HTTPClientError) as error:
        raise KeyUnreachable(f"AWS KMS does not answer: {error}") from error
    except BotoCoreError as error:
        raise KeyUnusable(_text(address, operation, error)) from error
    return answer


@cache
def client(region: str | None) -> Any:
    """The process's client for a region; making one reads files and loads the whole description of the API."""
    try:
        # A session of its own: boto3's shared one must not be used by two threads at once.
        return Session().client("kms", region_name=region, config=LIMITS)
    except BotoCoreError as error:
        raise KeyMissing(f"AWS KMS is not set up: {error}") from error


def _meaning(error: ClientError) -> type[KeyUnusable]:
    code = error.response["Error"]["Code"]
    if code in MISSING:
        return KeyMissing
    if code in REFUSED:
        return KeyRefused
    return KeyUnreachable if code in UNREACHABLE else KeyUnusable


def _text(address: KMSAddress, operation: str, error: Exception) -> str:
    return f"AWS KMS cannot {operation.replace('_', ' ')} with {address.key}: {error}"
