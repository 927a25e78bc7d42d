"""PostgreSQL restarts, vanishes and refuses writes under a running site."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from tests.operations.conftest import SIGNED_IN
from tests.operations.proxy import Fault, Proxy
from tests.operations.sites import SOON, Answer, Site, wait_until

pytestmark = pytest.mark.site

PROCESSES = 2


@pytest.fixture(autouse=True)
def kept(site: Site, proxy: Proxy) -> Iterator[None]:
    """Each web process has the public page in memory before a test, and everything works again after it."""
    for _ in range(20 * PROCESSES):
        assert site.get("/").status == 200
    yield
    proxy.fault = Fault.NONE
    wait_until(lambda: site.get("/", **SIGNED_IN).status == 200, 10)


def pages(site: Site, number: int, threads: int = 6) -> list[Answer]:
    """The answers to that many requests, several at once, so that every thread of the site is asked."""
    found: list[Answer] = []

    def ask() -> None:
        found.extend(site.get("/", **SIGNED_IN) for _ in range(number // threads))

    asking = [threading.Thread(target=ask) for _ in range(threads)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    return found


def is_unavailable(answer: Answer) -> bool:
    said = "The trust center is not available at the moment" in answer.text and 'class="masthead"' in answer.text
    return answer.status == 503 and int(answer.headers["Retry-After"]) > 0 and said


def test_restart_between_requests_fails_none(site, server):
    assert {answer.status for answer in pages(site, 60)} == {200}
    server.stop()
    server.start()
    failed = [answer for answer in pages(site, 60) if answer.status != 200]
    assert len(failed) <= PROCESSES


def test_while_the_server_is_away_public_pages_are_kept_and_all_others_are_unavailable(site, server):
    kept = site.get("/").text
    server.stop()
    try:
        for _ in range(5):
            public, other, form = (
                site.get("/"),
                site.get("/", **SIGNED_IN),
                site.post("/accounts/login/", login="a@b.example"),
            )
            assert public.status == 200 and public.text == kept
            assert is_unavailable(other) and is_unavailable(form)
            assert max(public.seconds, other.seconds, form.seconds) < SOON
    finally:
        server.start()
    wait_until(lambda: all(answer.status == 200 for answer in pages(site, 12)), 6)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.BLACK_HOLE])
def test_broken_network_holds_no_page(site, proxy, fault):
    pages(site, 60)
    proxy.fault = fault
    answers = pages(site, 60)
    assert all(is_unavailable(answer) for answer in answers)
    assert max(answer.seconds for answer in answers) < 6
    # Each of them would wait two seconds to connect.
    assert sum(site.get("/").seconds for _ in range(10)) < 10 and site.get("/").status == 200
    proxy.fault = Fault.NONE
    wait_until(lambda: all(answer.status == 200 for answer in pages(site, 12)), 6)


def test_slow_server_is_not_away(site, proxy):
    proxy.fault = Fault.SLOW
    assert site.get("/", **SIGNED_IN).status == 200


def test_server_that_refuses_writes_is_unavailable(site, server, proxy):
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
        proxy.break_connections()
        try:
            answer = site.post("/accounts/login/", login="a@b.example")
            assert is_unavailable(answer)
            assert site.get("/", **SIGNED_IN).status == 200
        finally:
            admin.execute("SET default_transaction_read_only = off")
            admin.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
            proxy.break_connections()
