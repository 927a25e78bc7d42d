import functools
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ndaflow.agreements.sealing import certificates
from ndaflow.agreements.sealing import keys as seal_keys
from ndaflow.agreements.sealing.keys import FileKey
from tests.ndaflow.agreements import authority, papers


@pytest.fixture
def keys(settings: Any, home: Path) -> Path:
    """A data folder for this test, where the seal's key and certificate are created at first use."""
    settings.DATA_DIR, settings.FILES_DIR = home, home / "files"
    settings.KEYS_DIR = home / "keys"
    return settings.KEYS_DIR


@pytest.fixture(scope="session")
def made_keys() -> dict[int, list[rsa.RSAPrivateKey]]:
    return defaultdict(list)


@pytest.fixture(autouse=True)
def rsa_keys(monkeypatch: pytest.MonkeyPatch, made_keys: dict[int, list[rsa.RSAPrivateKey]]) -> None:
    """Each test gets new keys, but not other ones than the test before: making one takes a quarter of a second."""
    make, taken = rsa.generate_private_key, Counter[int]()

    def take(public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
        if taken[key_size] == len(made_keys[key_size]):
            made_keys[key_size].append(make(public_exponent, key_size))
        taken[key_size] += 1
        return made_keys[key_size][taken[key_size] - 1]

    monkeypatch.setattr(rsa, "generate_private_key", take)


@pytest.fixture(scope="session", autouse=True)
def loaded_keys() -> Iterator[None]:
    """A file with the same key is proven once in a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal_keys, "_loaded", functools.cache(seal_keys._loaded.__wrapped__))
        yield


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
    return put(keys, key, chain)


@pytest.fixture(scope="module")
def shared_and_ready(shared_scene: Path, key: FileKey, chain: list[x509.Certificate]) -> Path:
    """The same for a scene that the tests of a module share; see `shared_scene`."""
    return put(shared_scene / "keys", key, chain)


def put(keys: Path, key: FileKey, chain: list[x509.Certificate]) -> Path:
    keys.mkdir(mode=0o700, exist_ok=True)
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
