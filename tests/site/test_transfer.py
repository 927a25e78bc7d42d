"""The real server sends a download to a slow reader, whose access is revoked during the download."""

import json
import os
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pikepdf import Name, Stream

from bench.servers import environment
from bench.within import ask
from tests.browser.conftest import start_filled_site, stop_site
from tests.documents import pdfs
from tests.site.backup.sites import Site

pytestmark = [pytest.mark.once, pytest.mark.site]

MIB = 1024 * 1024
SIZE = 40 * MIB
REVOKE = """
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts.models import User
ada = User.objects.get(email="ada@trust.example")
flows.revoke(AccessRequest.objects.get(items__document__slug="measured-report"), by=ada, reason="Wrong person.")
"""
LAST_STOP = """
from trustcenter.audit.models import Record
print(Record.objects.filter(action="delivery.stopped").latest("number").detail.body)
"""
# Bytes per second that the reader accepts.
SPEED = 2 * MIB


def test_revocation_stops_a_download_within_five_seconds(tmp_path):
    report = tmp_path / "report.pdf"
    pdf = pdfs.with_pages(pdfs.TEXT)
    # Bytes that no page shows take no time to check.
    pdf.pages[0].add_resource(Stream(pdf, os.urandom(SIZE), Type=Name.XObject, Subtype=Name.Form), Name.XObject)
    report.write_bytes(pdfs.saved(pdf))
    data = tmp_path / "data"
    data.mkdir()
    site = start_filled_site(data)
    try:
        headers = ask(environment(data), "scene:report_granted", str(report))
        with _asked(site.url, headers) as reader:
            before = _read(reader, seconds=3)
            in_the_site(data, REVOKE)
            revoked = time.monotonic()
            after = _read(reader, seconds=60)
            assert time.monotonic() - revoked < 5
        assert before > MIB and before + after < SIZE / 2
        said = json.loads(in_the_site(data, LAST_STOP))
        assert said["cause"] == "shut" and said["size"] > SIZE * 0.9
        assert before + after - MIB < said["sent"] < SIZE / 2
    finally:
        stop_site(site)


def in_the_site(data: Path, code: str) -> str:
    done = Site(data).manage("shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().rpartition("\n")[2]


def _asked(url: str, headers: dict[str, str]) -> socket.socket:
    """A connection on which the report was requested."""
    address = urlsplit(url)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Host: {address.netloc}", "Content-Length: 0", "Connection: close"]
    reader = socket.create_connection((address.hostname, address.port), timeout=30)
    # Bytes in the kernel's buffers count as sent, so keep the buffers small.
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    reader.sendall("\r\n".join(["POST /documents/measured-report/download/ HTTP/1.1", *lines, "", ""]).encode())
    return reader


def _read(reader: socket.socket, seconds: float) -> int:
    """Reads slowly for this long, or until the connection ends; returns the number of bytes."""
    count, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            piece = reader.recv(64 * 1024)
        except ConnectionResetError:
            break
        if not piece:
            break
        count += len(piece)
        time.sleep(max(0.0, count / SPEED - (time.monotonic() - began)))
    return count
