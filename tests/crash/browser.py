"""The parts of a browser that a simulated person needs: cookies, forms with their tokens, downloads."""

import hashlib
import http.client
import re
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

TIMEOUT = 30
CHUNK = 64 * 1024
COPY_CODE = re.compile(r'-([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\.pdf"')


class ConnectionBroke(Exception):
    """The response is missing or incomplete, so it is unknown whether the site did what it was asked."""


@dataclass
class Form:
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    """The forms of a page as a browser would send them unchanged, without buttons that use a `form=` attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.boxes: list[tuple[str, str]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        if not self.forms:
            return
        name, fields = given.get("name", ""), self.forms[-1].fields
        match tag, given.get("type", "text"):
            case ("input", "checkbox"):
                self.boxes.append((name, given.get("value", "on")))
                if "checked" in given:
                    fields.setdefault(name, []).append(given.get("value", "on"))
            case ("input", "radio"):
                if "checked" in given:
                    fields[name] = [given.get("value", "")]
            case ("input", _) if name:
                fields.setdefault(name, []).append(given.get("value", ""))
            case ("textarea", _):
                fields[name] = [""]
            case ("select", _):
                self._select = name
            case ("option", _) if "selected" in given or self._select not in fields:
                fields[self._select] = [given.get("value", "")]


@dataclass
class Page:
    """A response: its status, its redirect, and its text."""

    status: int
    location: str
    text: str

    @property
    def forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.text)
        return parser.forms

    @property
    def boxes(self) -> list[tuple[str, str]]:
        parser = _Forms()
        parser.feed(self.text)
        return parser.boxes

    def form(self, action: str) -> Form | None:
        """The form whose action ends with this."""
        return next((form for form in self.forms if urlsplit(form.action).path.endswith(action)), None)

    def form_of(self, *names: str) -> Form | None:
        """The form with all of these fields, for a form that is sent to its own page."""
        return next((form for form in self.forms if form.fields.keys() >= set(names)), None)


@dataclass
class Download:
    """A copy as it arrived: its code, the SHA-256 of the bytes, and whether it is complete."""

    code: str
    sha256: str
    whole: bool


@dataclass
class Browser:
    """One person's browser behind a proxy that states its `address`. `errors` lists each response of 500 and above."""

    port: int
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    served: int = 0
    # Sent with every request; for what a proxy with TLS adds.
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Page:
        return self._page("GET", path)

    def post(self, path: str, fields: dict[str, list[str]] | None = None) -> Page:
        body = urlencode(fields or {}, doseq=True).encode()
        return self._page("POST", path, body, "application/x-www-form-urlencoded")

    def upload(self, path: str, fields: dict[str, list[str]], name: str, content: bytes) -> Page:
        """Sends the form with a PDF in its field `file`."""
        edge = secrets.token_hex(16)
        typed = [(field, value) for field, values in fields.items() for value in values if field != "file"]
        head = "".join(
            f'--{edge}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n' for field, value in typed
        )
        head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = f"{head}Content-Type: application/pdf\r\n\r\n".encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self._page("POST", path, body, f"multipart/form-data; boundary={edge}")

    def follow(self, page: Page) -> Page:
        """The page that a redirect leads to, or the response itself."""
        return self.get(page.location) if page.status == 302 else page

    def download(self, path: str, fields: dict[str, list[str]]) -> Download | Page:
        """A copy, or the page that says why it is refused."""
        body = urlencode(fields, doseq=True).encode()
        with _connected(self.port) as connection:
            answer = self._ask(connection, "POST", path, body, "application/x-www-form-urlencoded")
            if answer.headers["Content-Type"] != "application/pdf":
                return self._read(answer, path)
            code = COPY_CODE.search(answer.headers["Content-Disposition"])
            digest, left = hashlib.sha256(), int(answer.headers["Content-Length"])
            try:
                while left and (chunk := answer.read(min(CHUNK, left))):
                    digest.update(chunk)
                    left -= len(chunk)
            except (OSError, http.client.HTTPException):
                pass
            self.served += 1
            return Download(code[1] if code else "", digest.hexdigest(), not left)

    def _page(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Page:
        with _connected(self.port) as connection:
            return self._read(self._ask(connection, method, path, body, kind), path)

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes, kind: str
    ) -> http.client.HTTPResponse:
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "X-Forwarded-For": self.address,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "User-Agent": "A simulated person",
        } | self.headers
        headers |= {"Content-Type": kind} if kind else {}
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionBroke(f"{method} {path}: {error!r}") from error
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def _read(self, answer: http.client.HTTPResponse, path: str) -> Page:
        try:
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionBroke(f"{path}: {error!r}") from error
        self.served += 1
        # "Come back in half a minute" is not an error.
        if answer.status >= 500 and "Retry-After" not in answer.headers:
            self.errors.append(f"{answer.status} at {path}: {text[-300:]}")
        return Page(answer.status, answer.headers.get("Location", ""), text)


class _connected:
    """A new connection for each request, so that a killed process breaks one response only."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)

    def __enter__(self) -> http.client.HTTPConnection:
        return self.connection

    def __exit__(self, *error: object) -> None:
        self.connection.close()
