"""Answers public pages from memory, in front of Django. It uses WSGI (PEP 3333) and no Django."""

import gzip
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Address = tuple[str | None, ...]
Application = Callable[[Environ, Any], Iterable[bytes]]

Names = frozenset[str]

# Below this size, gzip saves less than its header takes.
COMPRESS_FROM = 512
ADDRESS_AT_MOST = 1024
# Django reads no more either (DATA_UPLOAD_MAX_NUMBER_FIELDS).
MOST_FIELDS = 1000
# Caches between us and the reader learn the same: with the session's cookie it is another page.
VARY = "Accept-Encoding, Cookie"


def canonical(query: str, names: Names) -> str:
    """What a query string says to a page that reads only the parameters with these names: the others are left out, and
    the order of the names is always the same. Raises ValueError where a query string has too many fields."""
    if not names or not query:
        return ""
    fields = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    return urlencode(sorted((one for one in fields if one[0] in names), key=lambda one: one[0]))


class Page:
    """One answer, ready in each form in which it is sent."""

    __slots__ = ("compressed", "edition", "etag", "plain", "size", "unchanged")

    def __init__(self, edition: Hashable, headers: Headers, body: bytes, vary: str) -> None:
        self.edition = edition
        self.etag = next((value for name, value in headers if name.lower() == "etag"), "")
        lasting = [(name, value) for name, value in headers if name.lower() not in {"content-length", "vary"}]
        lasting.append(("Vary", vary))
        small = gzip.compress(body, mtime=0) if len(body) >= COMPRESS_FROM else body
        self.plain = ([*lasting, ("Content-Length", str(len(body)))], body)
        self.compressed = self.plain
        if len(small) < len(body):
            self.compressed = (
                [*lasting, ("Content-Encoding", "gzip"), ("Content-Length", str(len(small)))],
                small,
            )
        self.unchanged = [(name, value) for name, value in lasting if name.lower() != "content-type"]
        self.size = len(body) + len(small) + 2 * sum(len(name) + len(value) for name, value in lasting)


class FrontCache:
    """Wraps a WSGI application and keeps the answers that it marks as public.

    A request that carries the cookie `session_cookie` goes straight to the application, and its answer is never kept:
    pages name the person who is signed in, and nobody else may get them. All other visitors share one answer.

    An answer is kept when the application put an edition into `environ[mark]`, the status is 200, and no header makes
    it one visitor's own: no cookie, nothing private. It is served with its headers while `edition()` returns the same
    value. `edition()` is called at most once in `lifetime` seconds, so an answer can be out of date for that long. While
    `edition()` raises, or takes longer than `lifetime`, answers of the last known edition are served, for `outage`
    seconds; then the application answers.

    The key is the exact scheme, host and path, so an answer exists only for a host that the application has accepted,
    and the parameters that the page reads, whose names come with the edition. Whatever else an address has after its
    question mark leads to the same answer, so that the parameters of campaigns and made-up ones cost nothing. `variant`
    says which of a few forms of a page a request gets, such as its language; `vary` names the headers that this and the
    rest depend on. `most_pages` and `most_bytes` limit the memory; the answer that was not requested for the longest
    time goes first.

    Kept answers hold no secret, so they may be compressed over TLS (BREACH needs a secret in the body).
    """

    def __init__(
        self,
        application: Application,
        *,
        mark: str,
        edition: Callable[[], Hashable],
        session_cookie: str,
        scheme_header: str = "",
        variant: Callable[[Environ], str] = lambda _environ: "",
        vary: str = VARY,
        lifetime: float = 1.0,
        outage: float = 0.0,
        most_pages: int = 1000,
        most_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self._application = application
        self._mark = mark
        self._ask_edition = edition
        self._session_cookie = session_cookie
        self._scheme_header = scheme_header
        self._variant = variant
        self._vary = vary
        self._lifetime = lifetime
        self._outage = outage
        self._most_pages = most_pages
        self._most_bytes = most_bytes
        self._pages: OrderedDict[Address, Page] = OrderedDict()
        # The parameters that the page at an address without its query reads.
        self._reads: OrderedDict[Address, Names] = OrderedDict()
        self._bytes = 0
        self._edition: Hashable = None
        self._known_at = self._ask_again_at = 0.0
        self._pages_lock = threading.Lock()
        self._edition_lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        # The name anywhere in the header counts. A visitor too many costs the application one page; a person too few
        # would see "Sign in" although they are signed in.
        if method not in ("GET", "HEAD") or self._session_cookie in environ.get("HTTP_COOKIE", ""):
            return self._application(environ, start_response)
        place, query = self._place(environ), environ.get("QUERY_STRING", "")
        page = self._find(place, query)
        if page is not None:
            return _answer(page, environ, start_response)
        if method == "HEAD":
            return self._application(environ, start_response)
        return self._ask_application(place, query, environ, start_response)

    def _place(self, environ: Environ) -> Address:
        return (
            environ["wsgi.url_scheme"],
            environ.get(self._scheme_header),
            environ.get("HTTP_HOST"),
            environ.get("SERVER_NAME"),
            environ.get("SERVER_PORT"),
            environ.get("SCRIPT_NAME"),
            environ.get("PATH_INFO"),
            self._variant(environ),
        )

    def _find(self, place: Address, query: str) -> Page | None:
        # None while nobody has asked for any page of this place.
        if (names := self._reads.get(place)) is None:
            return None
        try:
            address = (*place, canonical(query, names))
        except ValueError:
            return None
        if address not in self._pages:
            return None
        edition = self._current_edition()
        with self._pages_lock:
            page = self._pages.get(address)
            if page is None or edition is None or page.edition != edition:
                return None
            self._pages.move_to_end(address)
            if place in self._reads:
                self._reads.move_to_end(place)
            return page

    def _current_edition(self) -> Hashable:
        if time.monotonic() < self._ask_again_at:
            return self._edition
        # Other threads wait here for the answer, but not for a server that does not answer.
        if not self._edition_lock.acquire(timeout=self._lifetime):
            return self._last_known()
        try:
            if (asked_at := time.monotonic()) >= self._ask_again_at:
                try:
                    self._edition, self._known_at = self._ask_edition(), asked_at
                    self._ask_again_at = asked_at + self._lifetime
                except Exception:
                    # If it lasts, the application will fail in the same way, and has a page that says so.
                    self._edition = self._last_known()
                    self._ask_again_at = time.monotonic() + self._lifetime
            return self._edition
        finally:
            self._edition_lock.release()

    def _last_known(self) -> Hashable:
        return self._edition if time.monotonic() < self._known_at + self._outage else None

    def _ask_application(self, place: Address, query: str, environ: Environ, start_response: Any) -> Iterable[bytes]:
        status, headers = "", []

        def hold(given_status: str, given_headers: Headers, exc_info: Any = None) -> Any:
            nonlocal status, headers
            status, headers = given_status, given_headers
            return start_response(given_status, given_headers, exc_info) if exc_info else None

        # Also tells the application that this cache answers 304 itself and needs the whole page.
        environ[self._mark] = None
        answer = self._application(environ, hold)
        marked = environ.get(self._mark)
        if marked is None or not status.startswith("200 ") or not self._is_for_everyone(headers):
            start_response(status, headers)
            return answer
        edition, names = marked
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        page = Page(edition, headers, body, self._vary)
        self._keep(place, query, names, page)
        return _answer(page, environ, start_response)

    def _keep(self, place: Address, query: str, names: Names, page: Page) -> None:
        address = (*place, canonical(query, names))
        if sum(len(part or "") for part in address) > ADDRESS_AT_MOST:
            return
        with self._pages_lock:
            self._reads[place] = names
            self._reads.move_to_end(place)
            if len(self._reads) > self._most_pages:
                self._reads.popitem(last=False)
            old = self._pages.pop(address, None)
            self._bytes += page.size - (old.size if old else 0)
            self._pages[address] = page
            while len(self._pages) > self._most_pages or self._bytes > self._most_bytes:
                _, dropped = self._pages.popitem(last=False)
                self._bytes -= dropped.size

    def _is_for_everyone(self, headers: Headers) -> bool:
        for name, value in headers:
            match name.lower():
                case "set-cookie" | "content-encoding":
                    return False
                case "cache-control" if _words(value) & {"private", "no-store"}:
                    return False
                case "vary" if not _words(value) <= _words(self._vary):
                    return False
        return True


def _words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(",")}


def _answer(page: Page, environ: Environ, start_response: Any) -> list[bytes]:
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked is not None and page.etag and _names(asked, page.etag):
        # A copy, here and below: a server may add to the list.
        start_response("304 Not Modified", list(page.unchanged))
        return []
    headers, body = page.compressed if takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) else page.plain
    start_response("200 OK", list(headers))
    return [body] if environ["REQUEST_METHOD"] == "GET" else []


def _names(asked: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2)."""
    if asked.strip() == "*":
        return True
    return etag.removeprefix("W/") in {one.strip().removeprefix("W/") for one in asked.split(",")}


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3)."""
    for coding in accepted.lower().split(","):
        name, _, weight = coding.strip().partition(";")
        if name.strip() in {"gzip", "x-gzip"}:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False
