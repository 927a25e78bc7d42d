import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ndaflow.agreements.sealing import certificates
from ndaflow.agreements.sealing.keys import FileKey
from tests.ndaflow.agreements import authority, papers


@pytest.fixture
def keys(settings: Any, home: Path) -> Path:
    """A data folder for this test, where the seal's key and certificate are created at first use."""
    settings.DATA_DIR, settings.FILES_DIR = home, home / "files"
    settings.KEYS_DIR = home / "keys"
    return settings.KEYS_DIR


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> FileKey:
    path = tmp_path_factory.mktemp("seal") / "seal.key"
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(
        made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return FileKey(path)


@pytest.fixture(scope="session")
def chain(key: FileKey) -> list[x509.Certificate]:
    """The key's certificate and the root that issued it."""
    return papers.issued(key)


@pytest.fixture(scope="session")
def certificate(chain: list[x509.Certificate]) -> x509.Certificate:
    return chain[0]


@pytest.fixture
def ready(keys: Path, key: FileKey, chain: list[x509.Certificate]) -> Path:
    """The same folder with a key and certificate, because creating them takes longer than most tests."""
    keys.mkdir(mode=0o700)
    shutil.copy(key.path, keys / "seal.key")
    (keys / "seal.key").chmod(0o600)
    (keys / "seal.pem").write_text(certificates.pem_of(chain))
    return keys


@pytest.fixture(scope="session")
def tsa() -> authority.Authority:
    return authority.Authority()


@pytest.fixture
def timestamps(tsa: authority.Authority, settings: Any, tmp_path: Path) -> Any:
    """A timestamp server on loopback, configured and trusted."""
    roots = tmp_path / "tsa-roots.pem"
    roots.write_text(certificates.pem_of([tsa.root]))
    with authority.serving(tsa) as server:
        settings.TIMESTAMP_URL, settings.TIMESTAMP_ROOTS = server.url, str(roots)
        yield server
