import gzip
import threading
import time
from collections.abc import Hashable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from certifications import posture
from certifications.models import Product
from tests import cast
from tests.certifications import content
from trustcenter import wsgi
from trustcenter.web import language, public_pages
from trustcenter.web.page_cache import FrontCache, takes_gzip

MARK, COOKIE = "test.edition", "session"
PAGES = ["/", "/certifications/", "/answers/", "/subprocessors/", "/posture.json", "/documents/"]


class Site:
    """A WSGI application that counts its requests."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.edition: Hashable = 1
        self.status = "200 OK"
        self.headers = [("Content-Type", "text/html"), ("ETag", 'W/"one"'), ("X-Kept", "yes")]
        self.body = b"A page that says the same to everyone. " * 40
        self.closed = 0

    def __call__(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"])
        if MARK in environ and self.edition is not None:
            environ[MARK] = self.edition, frozenset({"q", "page"})
        start_response(self.status, list(self.headers))
        return Body(self)


class Body:
    def __init__(self, site: Site) -> None:
        self.site = site

    def __iter__(self):
        yield self.site.body

    def close(self) -> None:
        self.site.closed += 1


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def front(site):
    return FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=lambda: site.edition, lifetime=0)


def get(front, path="/", method="GET", host="trust.example", query="", **headers):
    environ = RequestFactory().generic(method, path, headers={"host": host}).environ
    environ |= {"QUERY_STRING": query} | headers
    said = {}

    def start_response(status, headers, exc_info=None):
        said.update(status=status, headers=dict(headers))

    answer = front(environ, start_response)
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return SimpleNamespace(**said, body=body)


def test_second_visitor_is_served_from_memory(front, site):
    first, second = get(front), get(front)
    assert site.asked == ["/"]
    assert site.closed == 1
    assert (second.status, second.headers, second.body) == (first.status, first.headers, site.body)
    assert second.headers["X-Kept"] == "yes"
    assert second.headers["Vary"] == "Accept-Encoding, Cookie"


def test_new_edition_is_requested_from_the_application(front, site):
    get(front)
    site.edition, site.body = 2, b"new"
    assert get(front).body == b"new"


def test_edition_is_read_once_per_lifetime(site):
    asked = []

    def edition():
        asked.append(1)
        return site.edition

    front = FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=edition, lifetime=60)
    for _ in range(5):
        get(front)
    assert len(asked) == 1


@pytest.mark.parametrize("other", [{"host": "other.example"}, {"path": "/b"}, {"query": "q=1"}])
def test_addresses_do_not_share_pages(front, site, other):
    get(front)
    get(front, **other)
    assert len(site.asked) == 2


@pytest.mark.parametrize("query", ["utm_source=mail", "x=" + "a" * 5000, "Q=1", "&&&", "q[]=1", "%FF=%FF"])
def test_parameters_that_a_page_does_not_read_lead_to_the_same_answer(front, site, query):
    get(front)
    assert get(front, query=query).body == site.body
    get(front, query="q=1")
    get(front, query=f"{query}&q=1")
    assert len(site.asked) == 2


@pytest.mark.parametrize("query", ["q=1&page=2", "page=2&q=1", "page=2&utm=x&q=1"])
def test_order_of_parameters_makes_no_other_page(front, site, query):
    get(front, query="q=1&page=2")
    get(front, query=query)
    assert len(site.asked) == 1


@pytest.mark.parametrize("query", ["q=2&page=2", "q=&page=2", "q=1&q=2&page=2", "q=2&q=1&page=2", "q=1"])
def test_each_value_that_a_page_reads_has_its_own_answer(front, site, query):
    get(front, query="q=1&page=2")
    get(front, query=query)
    assert len(site.asked) == 2


def test_forms_of_a_page_do_not_share_answers(site):
    front = FrontCache(
        site,
        mark=MARK,
        session_cookie=COOKIE,
        edition=lambda: 1,
        variant=lambda environ: environ.get("HTTP_ACCEPT_LANGUAGE", "")[:2],
        vary="Accept-Encoding, Accept-Language",
    )
    for asked in ("de", "en", "de-AT", "en"):
        assert get(front, HTTP_ACCEPT_LANGUAGE=asked).headers["Vary"] == "Accept-Encoding, Accept-Language"
    assert len(site.asked) == 2


def test_schemes_from_a_proxy_do_not_share_pages(site):
    front = FrontCache(
        site, mark=MARK, session_cookie=COOKIE, edition=lambda: 1, scheme_header="HTTP_X_FORWARDED_PROTO"
    )
    get(front, HTTP_X_FORWARDED_PROTO="http")
    get(front, HTTP_X_FORWARDED_PROTO="https")
    assert len(site.asked) == 2


def test_unmarked_response_is_never_cached(front, site):
    site.edition = None
    get(front)
    get(front)
    assert len(site.asked) == 2
    assert site.closed == 2


@pytest.mark.parametrize(
    "header",
    [
        ("Set-Cookie", "a=b"),
        ("Vary", "Accept-Language"),
        ("Cache-Control", "private, no-store"),
        ("Content-Encoding", "br"),
    ],
)
def test_response_for_one_visitor_is_never_cached(front, site, header):
    site.headers.append(header)
    get(front)
    get(front)
    assert len(site.asked) == 2


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("cookie", ["session=abc", "a=b; session=abc", "session =abc", "other-session=abc"])
def test_request_with_a_session_neither_reads_nor_fills_the_cache(front, site, cookie, method):
    get(front)
    site.body = b"A page with a name"
    assert get(front, method=method, HTTP_COOKIE=cookie).body == site.body
    assert len(site.asked) == 2
    assert get(front).body != site.body


def test_request_with_other_cookies_gets_the_cached_page(front, site):
    get(front)
    get(front, HTTP_COOKIE="csrf=0123456789abcdef; sess=1")
    assert len(site.asked) == 1


def test_concurrent_requests_with_and_without_sessions_never_mix():
    def application(environ, start_response):
        cookie = environ.get("HTTP_COOKIE", "")
        if MARK in environ and not cookie:
            environ[MARK] = 1, frozenset()
        start_response("200 OK", [("Content-Type", "text/html")])
        return [cookie.encode() or b"everyone"]

    front = FrontCache(application, mark=MARK, session_cookie=COOKIE, edition=lambda: 1, lifetime=0)
    wrong = []

    def visit(cookie: str) -> None:
        for number in range(300):
            answer = get(front, path=f"/{number % 5}", HTTP_COOKIE=cookie)
            if answer.body != (cookie.encode() or b"everyone"):
                wrong.append(answer)

    threads = [threading.Thread(target=visit, args=(cookie,)) for cookie in ["", "session=a", "session=b", ""]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_only_successful_responses_are_cached(front, site):
    site.status = "404 Not Found"
    get(front)
    get(front)
    assert len(site.asked) == 2


def test_only_get_fills_the_cache_and_only_get_and_head_use_it(front, site):
    get(front, method="HEAD")
    get(front)
    post = get(front, method="POST")
    assert len(site.asked) == 3
    assert post.body == site.body
    head = get(front, method="HEAD")
    assert len(site.asked) == 3
    assert (head.body, head.headers["Content-Length"]) == (b"", str(len(site.body)))


@pytest.mark.parametrize("asked", ['W/"one"', '"one"', '"zero", W/"one"', "*"])
def test_matching_etag_gets_not_modified(front, site, asked):
    get(front)
    answer = get(front, HTTP_IF_NONE_MATCH=asked)
    assert (answer.status, answer.body) == ("304 Not Modified", b"")
    assert answer.headers["ETag"] == 'W/"one"'
    assert "Content-Length" not in answer.headers
    assert get(front, HTTP_IF_NONE_MATCH='"two"').status == "200 OK"


def test_visitor_with_an_old_etag_fills_the_cache(front, site):
    assert get(front, HTTP_IF_NONE_MATCH='W/"one"').status == "304 Not Modified"
    assert get(front).body == site.body
    assert len(site.asked) == 1


def test_gzip_is_sent_to_clients_that_accept_it(front, site):
    for _ in range(2):
        answer = get(front, HTTP_ACCEPT_ENCODING="br, gzip")
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert gzip.decompress(answer.body) == site.body
    assert "Content-Encoding" not in get(front).headers


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("GZIP;q=0.5, br", True),
        ("gzip;q=0", False),
        ("gzip; q=0.00", False),
        ("br", False),
        ("", False),
    ],
)
def test_accept_encoding_is_parsed(header, taken):
    assert takes_gzip(header) is taken


def test_number_of_pages_is_limited_and_the_least_recently_used_goes_first(site):
    front = FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=lambda: 1, most_pages=2)
    for path in ["/a", "/b", "/a", "/c", "/a"]:
        get(front, path=path)
    assert site.asked == ["/a", "/b", "/c"]
    get(front, path="/b")
    assert site.asked[-1] == "/b"


def test_size_of_the_cache_is_limited(site):
    front = FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=lambda: 1, most_bytes=5000)
    for number in range(50):
        get(front, path=f"/{number}")
    assert front._bytes <= 5000
    assert front._bytes == sum(page.size for page in front._pages.values())


def test_page_with_a_long_url_is_not_cached(front, site):
    for _ in range(2):
        get(front, query="q=" + "a" * 2000)
    assert len(site.asked) == 2


def test_application_answers_without_a_database(site):
    def edition():
        raise OSError("no database")

    front = FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=edition)
    get(front)
    assert get(front).body == site.body
    assert len(site.asked) == 2


class Editions:
    """An edition that can be lost, as when the database goes away."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        if self.away:
            raise OSError("no database")
        return 1


def test_pages_are_kept_while_the_edition_cannot_be_read(site):
    edition = Editions()
    front = FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=edition, lifetime=0, outage=60)
    get(front)
    get(front)
    edition.away, site.body = True, b"new"
    assert get(front).body != b"new"
    assert site.asked == ["/"] and edition.asked == 2
    assert get(front, path="/other").body == b"new"


def test_pages_are_kept_for_a_limited_time(site):
    edition = Editions()
    front = FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=edition, lifetime=0, outage=0.05)
    get(front)
    get(front)
    edition.away, site.body = True, b"new"
    time.sleep(0.1)
    assert get(front).body == b"new"


def test_no_page_waits_long_for_the_edition(site):
    hanging, go_on = threading.Event(), threading.Event()

    def edition():
        if threading.current_thread() is slow:
            hanging.set()
            assert go_on.wait(10)
        return 1

    slow = threading.Thread(target=lambda: get(front))
    front = FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=edition, lifetime=0, outage=60)
    get(front)
    get(front)
    slow.start()
    assert hanging.wait(10)
    started = time.monotonic()
    assert get(front).body == site.body and time.monotonic() - started < 1
    go_on.set()
    slow.join()
    assert site.asked == ["/"]


def test_threads_get_complete_pages(site):
    front = FrontCache(site, mark=MARK, session_cookie=COOKIE, edition=lambda: site.edition, lifetime=0, most_pages=3)
    wrong = []

    def visit(start: int) -> None:
        for number in range(300):
            if number % 50 == 0:
                site.edition = number
            answer = get(front, path=f"/{(start + number) % 5}")
            if answer.body != site.body:
                wrong.append(answer)

    threads = [threading.Thread(target=visit, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert front._bytes == sum(page.size for page in front._pages.values())


# -- The pages themselves ------------------------------------------------------------------------------


def test_connection_is_closed_after_the_lookup(db, monkeypatch):
    given_back = []
    monkeypatch.setattr(wsgi, "close_old_connections", lambda: given_back.append(True))
    assert isinstance(wsgi.pages, FrontCache)
    assert wsgi.current_edition() == public_pages.edition()
    assert given_back == [True]


@pytest.fixture(scope="module")
def made(shared_scene):
    content.publish()


@pytest.fixture
def published(db, made):
    """A site with content."""


@pytest.fixture
def whole(published):
    """The whole WSGI application on the test's own database connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield FrontCache(
        get_wsgi_application(),
        mark=public_pages.EDITION,
        edition=public_pages.edition,
        session_cookie=settings.SESSION_COOKIE_NAME,
        variant=language.of,
        vary="Accept-Encoding, Accept-Language, Cookie",
        lifetime=0,
    )
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.once
@pytest.mark.parametrize("path", PAGES)
def test_public_pages_may_be_cached_and_set_no_cookie(client, published, path):
    page = client.get(path)
    assert page.status_code == 200
    assert page["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert page["ETag"].startswith('W/"')
    assert not page.cookies
    assert set(page["Vary"].split(", ")) == ({"Cookie"} if path.endswith(".json") else {"Accept-Language", "Cookie"})


@pytest.mark.parametrize("path", PAGES)
def test_public_pages_only_read(client, published, path):
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


@pytest.mark.once
@pytest.mark.parametrize("path", PAGES)
def test_invalid_csrf_cookie_changes_nothing(client, published, path):
    stranger = client.get(path)
    client.cookies["csrf"] = "broken"
    again = client.get(path)
    assert (again.content, again["ETag"]) == (stranger.content, stranger["ETag"])
    assert not again.has_header("Set-Cookie")


@pytest.mark.once
@pytest.mark.parametrize("path", [path for path in PAGES if path != "/posture.json"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_page_of_a_signed_in_person_names_them_and_is_not_cached(client, published, path, method):
    client.force_login(cast.rhea())
    etag = Client().get(path)["ETag"]
    page = getattr(client, method)(path, headers={"if-none-match": etag})
    assert page.status_code == 200
    assert (page["Cache-Control"], page.get("ETag")) == ("private, no-store", None)
    assert "Cookie" in page["Vary"]
    if method == "get":
        html = page.content.decode()
        assert "Rhea Diaz" in html and "rhea@example.com" in html and ">Sign out</button>" in html


@pytest.mark.parametrize("cookie", ["", "no-such-session"])
def test_expired_session_gets_the_anonymous_page(client, published, cookie):
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    page = client.get("/")
    assert page["Cache-Control"] == "private, no-store"
    assert ">Sign in</a>" in page.content.decode() and "Sign out" not in page.content.decode()
    # Django deletes the cookie, so the next visit is anonymous.
    assert page.cookies[settings.SESSION_COOKIE_NAME].value == ""


def test_etag_stays_until_something_changes(client, published):
    first = client.get("/")
    assert client.get("/", headers={"if-none-match": first["ETag"]}).status_code == 304
    Product.objects.first().save()
    again = client.get("/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]


def test_etag_changes_every_day(client, published, monkeypatch):
    first = client.get("/")
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(public_pages.timezone, "localdate", lambda: tomorrow)
    assert client.get("/", headers={"if-none-match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_cached_page_equals_the_page_from_django(whole, path, django_assert_num_queries):
    first = get(whole, path, host="localhost")
    with django_assert_num_queries(1):
        second = get(whole, path, host="localhost", HTTP_COOKIE="csrf=0123456789abcdef")
    assert (second.headers, second.body) == (first.headers, first.body)
    for header in [
        "Content-Security-Policy",
        "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy",
        "Permissions-Policy",
        "Referrer-Policy",
        "X-Content-Type-Options",
    ]:
        assert header in second.headers
    assert not any(public_pages.EDITION.lower() in name.lower() for name in second.headers)


@pytest.mark.once
@pytest.mark.parametrize("path", PAGES)
def test_each_language_has_one_place_in_the_cache(whole, path, django_assert_num_queries):
    cookie = f"{settings.LANGUAGE_COOKIE_NAME}=de"
    first = get(whole, path, host="localhost", HTTP_ACCEPT_LANGUAGE="de")
    with django_assert_num_queries(2):
        second = get(whole, path, host="localhost", HTTP_ACCEPT_LANGUAGE="de-CH, fr;q=0.5")
        third = get(whole, path, host="localhost", HTTP_ACCEPT_LANGUAGE="en-GB", HTTP_COOKIE=cookie)
    assert first.headers == second.headers == third.headers
    assert first.body == second.body == third.body
    english = get(whole, path, host="localhost", HTTP_ACCEPT_LANGUAGE="pt-BR")
    data = path.endswith(".json")
    assert (first.headers["Content-Language"], english.headers["Content-Language"]) == ("en" if data else "de", "en")
    assert (first.headers["ETag"] == english.headers["ETag"]) == data
    assert first.headers["Vary"] == "Accept-Encoding, Accept-Language, Cookie"


@pytest.fixture
def rheas_cookie(client, published):
    client.force_login(cast.rhea())
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def test_sign_in_and_sign_out_change_the_page_at_once(whole, rheas_cookie):
    stranger = get(whole, host="localhost")
    signed_in = get(whole, host="localhost", HTTP_COOKIE=rheas_cookie, HTTP_IF_NONE_MATCH=stranger.headers["ETag"])
    assert (signed_in.status, signed_in.headers["Cache-Control"]) == ("200 OK", "private, no-store")
    assert b"Rhea Diaz" in signed_in.body and "ETag" not in signed_in.headers
    again = get(whole, host="localhost", HTTP_IF_NONE_MATCH=stranger.headers["ETag"])
    assert again.status == "304 Not Modified"
    assert b"Rhea" not in get(whole, host="localhost").body


@pytest.mark.parametrize("first", ["stranger", "person"])
def test_concurrent_requests_do_not_share_the_signed_in_person(whole, rheas_cookie, monkeypatch, first):
    """The second request arrives while the first page is rendered, in either order."""
    cookies = {"stranger": {}, "person": {"HTTP_COOKIE": rheas_cookie}}
    second = "person" if first == "stranger" else "stranger"
    answers, profile = {}, posture.profile

    def interrupted():
        if not answers:
            answers[second] = None
            answers[second] = get(whole, host="localhost", **cookies[second])
        return profile()

    monkeypatch.setattr(posture, "profile", interrupted)
    answers[first] = get(whole, host="localhost", **cookies[first])
    assert b"Rhea Diaz" in answers["person"].body
    assert b"Rhea" not in answers["stranger"].body
    assert b"Rhea" not in get(whole, host="localhost").body
    assert all(b"Rhea" not in page.plain[1] for page in whole._pages.values())


def test_change_is_visible_at_the_next_visit(whole):
    get(whole, "/answers/", host="localhost")
    Product.objects.filter(slug="api").get().delete()
    assert b">API<" not in get(whole, "/answers/", host="localhost").body


def test_unknown_host_gets_nothing_from_the_cache(whole):
    get(whole, host="localhost")
    assert get(whole, host="evil.example").status.startswith("400")


@pytest.mark.parametrize("path", ["/my/", "/readyz", "/accounts/login/", "/nowhere/"])
def test_other_pages_are_not_cached(whole, path):
    get(whole, path, host="localhost")
    answer = get(whole, path, host="localhost")
    assert "public" not in answer.headers["Cache-Control"]
    assert whole._pages == {}


def test_view_never_sees_a_parameter_that_it_does_not_read(published):
    seen = []

    @public_pages.public_page_with("q")
    def view(request):
        seen.append((request.GET.dict(), request.get_full_path()))
        return HttpResponse("a page")

    request = RequestFactory().get("/page/", {"x": "1", "q": "a b", "page": "2"})
    view(request)
    assert seen == [({"q": "a b"}, "/page/?q=a+b")]


def test_too_many_parameters_are_refused(published):
    @public_pages.public_page_with("q")
    def view(request):
        return HttpResponse("a page")

    with pytest.raises(TooManyFieldsSent):
        view(RequestFactory().get("/page/?" + "q=1&" * 1001))
