"""The bucket of the vault is away, slow or broken under a running site, and when the site starts."""

import json
import threading
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.operations.proxy import Fault, Proxy
from tests.operations.sites import SOON, Answer, Site, wait_until

pytestmark = pytest.mark.site

PUBLISH = """
from documents.models import DocumentVersion
from tests import cast
from trustcenter.vault import files
from trustcenter.vault.models import StoredFile
document = cast.document("iso-certificate", "public")
version = DocumentVersion(document=document, number=1, state="current", pages=1, pages_proven=1)
version.original = files.store(version, "original", [b"the certificate " * 10_000])
version.reading_copy = StoredFile.objects.create(size=1, sha256="0" * 64)
version.save(force_insert=True)
"""
FILE, PAGE = "/documents/iso-certificate/open/", "/documents/iso-certificate/"


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with Proxy(server.get_host_and_port()[1]) as between:
        yield between
    server.stop()


@pytest.fixture(scope="module")
def site(proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose bucket was away when it started."""
    amazon = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{proxy.port}",
        "VAULT_STORAGE": "s3://files/vault",
        "DATABASE_URL": "",
    }
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=amazon["AWS_ENDPOINT_URL_S3"], **keys).create_bucket(Bucket="files")
    proxy.fault = Fault.REFUSED
    site = Site(tmp_path_factory.mktemp("operations") / "data", amazon)
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def published(site: Site, proxy: Proxy) -> Site:
    proxy.fault = Fault.NONE
    site.run(PUBLISH)
    wait_until(lambda: site.get(FILE).status == 200, 10)
    return site


@pytest.fixture(autouse=True)
def well_afterwards(proxy: Proxy) -> Iterator[None]:
    yield
    proxy.fault = Fault.NONE


def test_site_starts_without_its_bucket_and_says_so(site):
    assert "trustcenter.W018" in site.said()
    assert site.get("/").status == 200
    parts = json.loads(site.get("/readyz").text)
    assert (parts["status"], parts["storage"], parts["database"]) == ("degraded", "failing", "ok")


@pytest.mark.parametrize(
    "fault",
    [Fault.REFUSED, Fault.RESET, Fault.UNAVAILABLE, Fault.TRUNCATED, Fault.BLACK_HOLE],
    ids=lambda one: one.name,
)
def test_files_are_unavailable_and_pages_do_not_wait(published, proxy, fault):
    proxy.fault = fault
    files: list[Answer] = []
    asking = [threading.Thread(target=lambda: files.append(published.get(FILE))) for _ in range(12)]
    for one in asking:
        one.start()
    pages = [published.get(path, Cookie=f"session={'0' * 32}") for path in ["/", PAGE] * 10]
    for one in asking:
        one.join()
    assert {answer.status for answer in pages} == {200} and max(answer.seconds for answer in pages) < SOON
    assert {answer.status for answer in files} == {503} and all(int(file.headers["Retry-After"]) > 0 for file in files)
    assert max(file.seconds for file in files) < 10
    again = [published.get(FILE) for _ in range(10)]
    assert {answer.status for answer in again} == {503} and sum(answer.seconds < 0.5 for answer in again) > 5
    assert any("Files are not available at the moment" in answer.text for answer in again)
    proxy.fault = Fault.NONE
    wait_until(lambda: all(published.get(FILE).status == 200 for _ in range(10)), 15)


def test_slow_bucket_still_serves_files(published, proxy):
    proxy.fault = Fault.SLOW
    assert published.get(FILE).status == 200
