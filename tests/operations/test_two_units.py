"""Web server and worker as two units with users of their own (deploy/trustcenter-web.service, -worker.service)."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from tests.operations import users
from tests.operations.proxy import Proxy
from tests.operations.sites import Site, wait_until
from tests.postgres import Server

pytestmark = pytest.mark.site

SEAL = """
from django.utils import timezone
from ndaflow.agreements.sealing import custody
custody.publish(custody.in_use(timezone.now()))
"""


@dataclass
class Units:
    web: Site
    worker: Site
    data: Path

    def start(self) -> None:
        self.web.start("serve", "--web-only")
        self.worker.launch("worker")

    def stop(self) -> None:
        for unit in (self.worker, self.web):
            # As systemd does. Ctrl-C while the worker still starts can be lost in an import.
            unit.stop(signal.SIGTERM)


@pytest.fixture(scope="module")
def amazon() -> Iterator[dict[str, str]]:
    """A bucket and a key, as the set-up needs them."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    address = f"http://127.0.0.1:{moto.get_host_and_port()[1]}"
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket="units")
    key = boto3.client("kms", endpoint_url=address, **keys).create_key()["KeyMetadata"]["KeyId"]
    yield {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": address,
        "AWS_ENDPOINT_URL_KMS": address,
        "VAULT_STORAGE": "s3://units/vault",
        "VAULT_KEY": f"awskms:{key}",
    }
    moto.stop()


@pytest.fixture(scope="module")
def units(server: Server, proxy: Proxy, amazon: dict[str, str]) -> Iterator[Units]:
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE units")
    # Not pytest's folder, which only root can enter.
    folder = Path(tempfile.mkdtemp(prefix="trustcenter-units-"))
    folder.chmod(0o755)
    program = users.program(folder)
    users.give(folder / "data", users.WEB, 0o2770)
    users.give(folder / "worker", users.WORKER, 0o700)
    more = program.environment | amazon
    more |= {
        "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{proxy.port}/units",
        "SECRET_KEY": "kQ8f-2vLw0Zr7XsYbTn4Hc9JmPd6GaUe1iOoRqEy5tVxKlWzBhNuFjCgMpSa3D",
        "LOG_KEY_FILE": str(folder / "worker" / "log.key"),
    }

    def unit(user: int, name: str) -> Site:
        options = users.running_as(user)
        return Site(folder / "data", more, name=name, python=program.python, folder=program.folder, options=options)

    found = Units(unit(users.WEB, "web"), unit(users.WORKER, "worker"), folder / "data")
    try:
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_units_start_again_after_the_first_seal(units):
    units.worker.run(SEAL)
    wait_until(lambda: (units.data.parent / "worker" / "log.key").exists(), 30)
    units.stop()
    keys = units.data / "keys"
    if not users.are_separate():
        keys.chmod(0)
    try:
        assert units.web.manage("check", "--deploy").returncode == 0
        if users.are_separate():
            # The group may enter the folder; the keys in it are still the worker's.
            keys.chmod(0o2750)
        units.start()
        assert units.web.get("/").status == 200
        assert "BEGIN CERTIFICATE" in units.web.get("/.well-known/trustcenter/seal.pem").text
        assert units.worker.process is not None and units.worker.process.poll() is None
        assert "Traceback" not in units.web.said() + units.worker.said()
    finally:
        keys.chmod(0o700)


def test_web_server_reads_no_key(units):
    if not users.are_separate():
        (units.data / "keys").chmod(0)
    reading = "from django.conf import settings; print((settings.KEYS_DIR / 'seal.key').read_text())"
    with pytest.raises(RuntimeError, match="PermissionError"):
        units.web.run(reading)
