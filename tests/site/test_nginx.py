"""Runs nginx with deploy/nginx.conf, except for addresses and certificates: what it buffers in memory and on its disk."""

import getpass
import os
import re
import select
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

# Debian installs it in a folder that is only on root's PATH.
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
CONFIGURATION = Path(settings.BASE_DIR, "deploy/nginx.conf")
START_SECONDS, PATIENCE = 10, 0.3
# More than nginx buffers in memory, and less than the announced length.
ANNOUNCED, SENT = 200_000, 100_000
# More than the socket buffers between two processes hold.
FILE = 30_000_000
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
    text = re.sub(r"^ *(ssl_\w+|http2|listen \[::\].*) .*\n", "", CONFIGURATION.read_text(), flags=re.MULTILINE)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}").replace("/run/", f"{folder}/")
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


@pytest.fixture
def front(tmp_path, upstream):
    """An nginx in front of `upstream`."""
    port = free_port()
    (tmp_path / "nginx.conf").write_text(adapted(tmp_path, port, port_of(upstream)))
    command = [NGINX, "-p", str(tmp_path), "-e", str(tmp_path / "error.log"), "-c", str(tmp_path / "nginx.conf")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        assert process.poll() is None, (tmp_path / "error.log").read_text()
        yield Front(port, tmp_path, process.pid)
    finally:
        process.terminate()
        process.wait()


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
