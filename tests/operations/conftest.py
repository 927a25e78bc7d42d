from collections.abc import Iterator

import pytest

from tests.crash import mailserver
from tests.operations.proxy import Proxy
from tests.operations.sites import Site, running
from tests.postgres import Server

# Any page with the session's cookie asks the database.
SIGNED_IN = {"Cookie": f"session={'0' * 32}"}


@pytest.fixture(scope="session")
def server() -> Server:
    """A PostgreSQL for these tests alone, because they stop it."""
    return Server()


@pytest.fixture(scope="session")
def proxy(server: Server) -> Iterator[Proxy]:
    """Between the sites and PostgreSQL."""
    with Proxy(server.socket) as between:
        yield between


@pytest.fixture(scope="session")
def inbox() -> Iterator[mailserver.Inbox]:
    with mailserver.listening() as listening:
        yield listening


@pytest.fixture(scope="session")
def mail_proxy(inbox: mailserver.Inbox) -> Iterator[Proxy]:
    """Between the site and its mail server."""
    with Proxy(inbox.port) as between:
        yield between


@pytest.fixture(scope="session")
def site(proxy: Proxy, mail_proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with both proxies. A test leaves it as it found it: well."""
    environment = {
        "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres",
        "MAIL_URL": f"smtp://127.0.0.1:{mail_proxy.port}?starttls=0",
    }
    with running(tmp_path_factory.mktemp("operations") / "data", **environment) as site:
        yield site
