"""An S3 server for the tests with one bucket for the vault."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

NAME = "trust-center-files"


@pytest.fixture(scope="session")
def amazon() -> Iterator[str]:
    """The address of a server with the APIs of S3 and KMS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(amazon: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The vault's empty bucket; the vault stores below `vault/`."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", amazon)
    bucket = boto3.resource("s3").create_bucket(Bucket=NAME)
    settings.STORAGES = settings.STORAGES | {"vault": storage("vault")}
    yield bucket
    for upload in bucket.multipart_uploads.all():
        upload.abort()
    bucket.objects.delete()
    bucket.delete()


def storage(place: str) -> dict[str, Any]:
    """The vault's setting for a prefix in the bucket."""
    return {"BACKEND": "trustcenter.vault.s3.S3Objects", "OPTIONS": {"bucket_name": NAME, "location": place}}
