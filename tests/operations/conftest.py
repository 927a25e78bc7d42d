from collections.abc import Iterator

import pytest

from tests.operations.proxy import Proxy
from tests.postgres import Server


@pytest.fixture(scope="session")
def server() -> Server:
    """A PostgreSQL for these tests alone, because they stop it."""
    return Server()


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[Proxy]:
    """Between the sites of a module and PostgreSQL."""
    with Proxy(server.socket) as between:
        yield between
