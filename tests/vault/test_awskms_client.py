"""What errors of AWS KMS mean for the vault and the seal, and how the address of a key is parsed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from trustcenter.vault.clients import awskms
from trustcenter.vault.clients.awskms import call, kms_address
from trustcenter.vault.clients.errors import KeyMissing, KeyRefused, KeyUnreachable, KeyUnusable

ARN = "arn:aws:kms:eu-west-3:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def answers(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    class Client:
        def encrypt(self, **arguments: Any) -> None:
            raise error

    monkeypatch.setattr(awskms, "client", lambda region: Client())


def coded(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Encrypt")


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (coded("NotFoundException"), KeyMissing),
        (coded("AccessDeniedException"), KeyMissing),
        (coded("InvalidCiphertextException"), KeyRefused),
        (coded("ThrottlingException"), KeyUnreachable),
        (EndpointConnectionError(endpoint_url="https://kms.example"), KeyUnreachable),
        (ReadTimeoutError(endpoint_url="https://kms.example"), KeyUnreachable),
        # It is unknown whether these errors are temporary.
        (coded("UnrecognizedClientException"), KeyUnusable),
        (NoCredentialsError(), KeyUnusable),
    ],
    ids=lambda value: getattr(value, "__name__", "") or str(value)[:60],
)
def test_error_of_kms_says_what_to_do(monkeypatch, error, meaning):
    answers(monkeypatch, error)
    with pytest.raises(KeyUnusable) as raised:
        call(kms_address("alias/vault"), "encrypt", Plaintext=b"x")
    assert type(raised.value) is meaning
    assert "AWS KMS" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "key", "region"),
    [
        ("awskms:alias/vault", "alias/vault", None),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890ab", None),
        (f"awskms:{ARN}", ARN, "eu-west-3"),
    ],
)
def test_region_is_taken_from_the_arn(text, key, region):
    address = kms_address(text)
    assert (address.key, address.region) == (key, region)


def test_empty_address_is_refused():
    with pytest.raises(KeyMissing, match="awskms:KEY"):
        kms_address("awskms:")


def test_one_client_per_region_in_a_process(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    awskms.client.cache_clear()
    one = awskms.client(None)
    assert awskms.client(None) is one
    assert awskms.client("eu-west-3") is not one


def test_client_without_a_region_is_reported_as_misconfigured(monkeypatch):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    awskms.client.cache_clear()
    with pytest.raises(KeyMissing, match="not set up"):
        awskms.client(None)
