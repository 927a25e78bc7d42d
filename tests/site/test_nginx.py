"""Runs nginx with deploy/nginx.conf, except for addresses and certificates: what it buffers in memory and on its disk."""

import getpass
import http.client
import os
import re
import select
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from tests import proxy_pages

# Debian installs it in a folder that is only on root's PATH.
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
CONFIGURATION = Path(settings.BASE_DIR, "deploy/nginx.conf")
START_SECONDS, PATIENCE = 10, 0.3
# More than nginx buffers in memory, and less than the announced length.
ANNOUNCED, SENT = 200_000, 100_000
# More than the socket buffers between two processes hold.
FILE = 30_000_000
FONT = "/errors/fonts/schibsted-grotesk-latin-wght-normal.woff2"
HEAD = b"POST %s HTTP/1.1\r\nHost: trust.example\r\nContent-Length: %d\r\n\r\n"

pytestmark = pytest.mark.once


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def port_of(listener: socket.socket) -> int:
    return listener.getsockname()[1]


def free_port() -> int:
    with listening() as probe:
        return port_of(probe)


def adapted(folder: Path, port: int, upstream: int) -> str:
    """The configuration for a test: without TLS, on a free port, with its folders in `folder`."""
    text = re.sub(r"^ *(ssl_\w+|listen \[::\].*) .*\n", "", CONFIGURATION.read_text(), flags=re.MULTILINE)
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    return within(folder, text.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}"))


def within(folder: Path, text: str) -> str:
    """A whole configuration of nginx, with its folders in `folder` and the checkout where it is."""
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    text = text.replace("/run/", f"{folder}/").replace("/opt/trustcenter/", f"{settings.BASE_DIR}/")
    # nginx started by root would switch to a user who cannot read a temporary folder.
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    places = "".join(f"{name}_temp_path {name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"""{user} daemon off; master_process off; pid nginx.pid; error_log error.log;
events {{ worker_connections 64; }}
http {{ access_log off; {places}
{text}
}}
"""


@dataclass(frozen=True)
class Front:
    """A running nginx."""

    port: int
    folder: Path
    pid: int

    def on_disk(self) -> set[str]:
        """The folders in which nginx has an open body. The files are unlinked, so they are only visible in /proc."""
        files = []
        for path in Path(f"/proc/{self.pid}/fd").iterdir():
            # A file closed after the listing is no longer on the disk.
            with suppress(FileNotFoundError):
                files.append(os.readlink(path))
        within = [Path(file).relative_to(self.folder) for file in files if file.startswith(str(self.folder))]
        return {path.parts[0] for path in within if len(path.parts) > 1}


@pytest.fixture
def upstream():
    with listening() as listener:
        yield listener


@contextmanager
def running(folder: Path, port: int, configuration: str) -> Iterator[Front]:
    (folder / "nginx.conf").write_text(configuration)
    command = [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield Front(port, folder, process.pid)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def front(tmp_path, upstream):
    """An nginx in front of `upstream`."""
    port = free_port()
    with running(tmp_path, port, adapted(tmp_path, port, port_of(upstream))) as started:
        yield started


def begin(front: Front, path: str) -> socket.socket:
    """A client that has sent half of the announced body."""
    client = socket.create_connection(("127.0.0.1", front.port))
    client.sendall(HEAD % (path.encode(), ANNOUNCED) + b"x" * SENT)
    return client


def heard(upstream: socket.socket) -> bool:
    return bool(select.select([upstream], [], [], PATIENCE)[0])


@pytest.mark.parametrize(
    "path", ["/desk/trace/", "/desk/documents/soc-2/upload/", "/desk/documents/SOC_2-Type/upload/"]
)
def test_staff_uploads_are_never_on_the_proxy_s_disk(front, upstream, path):
    with begin(front, path):
        assert heard(upstream)
        assert not front.on_disk()


@pytest.mark.parametrize(
    ("path", "folder"),
    [("/verify/", "trustcenter-verify"), ("/access/", "client_body"), ("/desk/trace/x/", "client_body")],
)
def test_other_requests_are_buffered_until_complete(front, upstream, path, folder):
    with begin(front, path) as client:
        assert not heard(upstream)
        assert front.on_disk() == {folder}
        client.sendall(b"x" * (ANNOUNCED - SENT))
        assert heard(upstream)


def ask(front: Front, path: str) -> socket.socket:
    """A slow reader that has read nothing yet."""
    client = socket.create_connection(("127.0.0.1", front.port))
    client.sendall(b"GET %s HTTP/1.1\r\nHost: trust.example\r\n\r\n" % path.encode())
    return client


def taken_whole(upstream: socket.socket) -> bool:
    """Whether the upstream has sent the whole file."""
    connection, _address = upstream.accept()
    with connection:
        connection.recv(4096)
        connection.settimeout(PATIENCE)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % FILE + bytes(FILE))
        except TimeoutError:
            return False
        return True


def test_public_file_is_buffered_on_disk_for_a_slow_reader(front, upstream):
    with ask(front, "/documents/SOC_3/open/"):
        assert taken_whole(upstream)
        assert front.on_disk() == {"proxy"}


def test_gated_file_is_never_on_the_proxy_s_disk(front, upstream):
    with ask(front, "/documents/SOC_2/download/"):
        assert not taken_whole(upstream)
        assert not front.on_disk()


def test_downloads_at_once_are_limited_per_address(front, upstream):
    paths = ["/documents/SOC_3/open/", "/documents/SOC_2/download/"] * 4
    with ExitStack() as readers:
        for path in paths:
            readers.enter_context(ask(front, path))
            readers.enter_context(upstream.accept()[0])
        one_more = readers.enter_context(ask(front, paths[0]))
        assert one_more.recv(12) == b"HTTP/1.1 503"
        readers.enter_context(ask(front, "/documents/"))
        assert heard(upstream)


def answer_of(front: Front, method: str, path: str, **headers: str) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=10)
    connection.request(method, path, headers={"Host": "trust.example"} | headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


@pytest.mark.parametrize("path", ["/", "/access/", "/accounts/login/", "/desk/", "/documents/SOC_2/download/"])
def test_form_of_more_than_a_megabyte_is_refused_before_its_body(front, path):
    answer, page = answer_of(front, "POST", path, **{"Content-Length": str(1024 * 1024 + 1)})
    assert answer.status == 413 and "This is too large" in page
    assert not front.on_disk()


@pytest.mark.parametrize("path", ["/verify/", "/desk/trace/", "/desk/documents/soc-2/upload/"])
def test_files_have_more_room(front, path):
    with socket.create_connection(("127.0.0.1", front.port)) as client:
        client.sendall(HEAD % (path.encode(), 200 * 1024 * 1024) + b"x" * SENT)
        # No refusal comes: nginx waits for the rest.
        assert not select.select([client], [], [], PATIENCE)[0]


def test_site_that_does_not_answer_gets_our_page_with_our_headers(front, upstream, client, db):
    upstream.close()
    answer, page = answer_of(front, "GET", "/documents/")
    assert answer.status == 503 and answer.headers["Retry-After"] == "10"
    assert "The trust center is not available at the moment" in page
    ours = client.get("/nowhere/").headers
    for name in ("Cache-Control", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy"):
        assert answer.headers[name] == ours[name]
    for name in ("Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options"):
        assert answer.headers[name] == ours[name]
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for found, kind in (
        ("/errors/trust.css", "text/css"),
        (FONT, "font/woff2"),
        ("/errors/favicon.svg", "image/svg+xml"),
    ):
        assert found in page
        answer, _content = answer_of(front, "HEAD", found)
        assert answer.status == 200 and answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Retry-After" not in answer.headers


def test_request_that_nginx_cannot_read_gets_our_page(front):
    answer, page = answer_of(front, "GET", "/", **{"X-Long": "x" * 50_000})
    assert answer.status == 400 and "This request could not be read" in page
    assert answer.headers["X-Frame-Options"] == "DENY" and "nginx" not in page


@pytest.mark.parametrize("name", proxy_pages.PAGES)
def test_pages_of_the_proxy_are_up_to_date(name):
    assert (proxy_pages.FOLDER / f"{name}.html").read_text() == proxy_pages.page(name), "run `make messages`"


def test_configuration_as_it_is_offers_http2(tmp_path):
    port = free_port()
    certificate, key = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", "/CN=trust.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    text = CONFIGURATION.read_text().replace("/etc/ssl/trustcenter", str(tmp_path))
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE).replace(
        "listen 443", f"listen 127.0.0.1:{port}"
    )
    with running(tmp_path, port, within(tmp_path, text)):
        context = ssl.create_default_context(cafile=str(certificate))
        context.set_alpn_protocols(["h2"])
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain, server_hostname="trust.example") as secure,
        ):
            assert secure.selected_alpn_protocol() == "h2"
