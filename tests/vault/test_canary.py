"""Searches for a word of the plaintext everywhere except in the reader's copy: before, during and after `kill -9`."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pikepdf
import pytest
from django.conf import settings
from pikepdf import Dictionary, Name, Stream

from tests.browser.conftest import filled, start_site, stop_site
from tests.documents import pdfs
from tests.vault.bucket import NAME
from tests.vault.scene import SLUG, TOKEN

pytestmark = [pytest.mark.once, pytest.mark.site]
CANARY = b"CANARY-8c1f-plain-words-of-the-report"
VERSION = re.compile(r"Version (\d+)")
PIECE = 256 * 1024
SECONDS = 120


def report(megabytes: int = 5) -> bytes:
    """A PDF with the canary in plain text in many places, which stays plain when the file is rewritten."""
    pdf = pdfs.with_pages(pdfs.TEXT)
    for _picture in range(megabytes):
        data = (os.urandom(2000) + CANARY) * (2**20 // 2037)
        # A stored deflate block counts as compressed, so it is not compressed again.
        picture = Stream(pdf, zlib.compress(data, 0), Type=Name.XObject, Subtype=Name.Image, Filter=Name.FlateDecode)
        picture.Width, picture.Height, picture.BitsPerComponent = len(data) // 100, 100, 8
        picture.ColorSpace = Name.DeviceGray
        pdf.pages[0].add_resource(picture, Name.XObject)
    pdf.pages[0].obj.Resources.Font = Dictionary(
        F0=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    )
    return pdfs.saved(pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none)


class Place:
    """A running site, every place it can write to, and its two people."""

    def __init__(self, tmp_path: Path, environment: dict[str, str], bucket=None) -> None:
        self.data, self.temp, self.bucket = tmp_path / "site", tmp_path / "temp", bucket
        for folder in (self.data, self.temp):
            folder.mkdir(mode=0o700)
        self.environment = environment | {"TMPDIR": str(self.temp)}
        shutil.copytree(filled(), self.data, dirs_exist_ok=True)
        if bucket:
            for path in self.data.glob("files/??/??/*"):
                bucket.put_object(Key=f"vault/{path.name}", Body=path.read_bytes())
            shutil.rmtree(self.data / "files")
        self.site = start_site(self.data, **self.environment)
        self.people = self.ask("tests.vault.scene")

    def ask(self, module: str):
        env = os.environ | self.environment | {"TRUSTCENTER_DATA": str(self.data), "TRUSTCENTER_DEMO": "1"}
        env |= {"DJANGO_SETTINGS_MODULE": "trustcenter.settings"}
        env.pop("DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "-m", module], env=env, cwd=settings.BASE_DIR, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def hiding(self) -> list[str]:
        """The places where the canary is in plain text."""
        found = []
        for folder in (self.data, self.temp):
            for path in folder.rglob("*"):
                # Files appear and disappear while the site works.
                with contextlib.suppress(OSError):
                    if path.is_file() and CANARY in path.read_bytes():
                        found.append(str(path))
        for item in self.bucket.objects.all() if self.bucket else ():
            if CANARY in item.get()["Body"].read():
                found.append(item.key)
        return found

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", urlsplit(self.site.url).port, timeout=60)

    def page(self, person: str, path: str) -> str:
        line = self.connect()
        line.request("GET", path, headers={"Cookie": self.people[person]})
        return line.getresponse().read().decode()

    def begin_upload(self, data: bytes) -> "Upload":
        return Upload(self, data)

    def current(self) -> int:
        """The number of the current version, or 0 if there is none."""
        rows = self.page("edda", f"/desk/documents/{SLUG}/upload/").split("<li>")
        return next((int(VERSION.search(row)[1]) for row in rows if "Current" in row), 0)

    def is_checked(self, number: int) -> bool:
        """Whether that version can be published."""
        path = f"/desk/documents/{SLUG}/versions/{number}/"
        return f"{path}publish/" in self.page("edda", path)

    def publish(self, number: int) -> None:
        """Publishes a version as soon as it has passed its checks."""
        until = time.monotonic() + SECONDS
        path = f"/desk/documents/{SLUG}/versions/{number}/publish/"
        while not self.is_checked(number):
            assert time.monotonic() < until, self.site.said()[-2000:]
            assert self.hiding() == []
            time.sleep(0.2)
        line = self.connect()
        headers = {"Cookie": self.people["edda"], "X-CSRFToken": TOKEN}
        line.request("POST", path, "as_of=2026-03-01", headers | {"Content-Type": "application/x-www-form-urlencoded"})
        assert line.getresponse().status == 302 and self.current() == number

    def kill_everything(self) -> None:
        """Kills every process of the site, so that none can clean up."""
        everyone = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True).stdout.split()[2:]
        parents = {int(pid): int(parent) for pid, parent in zip(everyone[::2], everyone[1::2], strict=True)}
        ours = [self.site.process.pid]
        for pid in ours:
            ours += [child for child, parent in parents.items() if parent == pid]
        for pid in ours:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.site.process.wait()

    def start_again(self) -> None:
        self.site = start_site(self.data, **self.environment)


class Upload:
    """An upload form, sent piece by piece."""

    def __init__(self, place: Place, data: bytes) -> None:
        head = (
            f'--edge\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{TOKEN}\r\n'
            '--edge\r\nContent-Disposition: form-data; name="file"; filename="report.pdf"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        ).encode()
        self.body = head + data + b"\r\n--edge--\r\n"
        self.line = place.connect()
        self.line.putrequest("POST", f"/desk/documents/{SLUG}/upload/")
        self.line.putheader("Cookie", place.people["edda"])
        self.line.putheader("Content-Type", "multipart/form-data; boundary=edge")
        self.line.putheader("Content-Length", str(len(self.body)))
        self.line.endheaders()

    def pieces(self):
        """Sends one piece for each step."""
        for start in range(0, len(self.body), PIECE):
            self.line.send(self.body[start : start + PIECE])
            yield start

    def answer(self) -> int:
        return self.line.getresponse().status


@pytest.fixture(params=["disk", "bucket"])
def place(request, tmp_path):
    environment, bucket = {}, None
    if request.param == "bucket":
        address = request.getfixturevalue("amazon")
        request.getfixturevalue("bucket")
        bucket = boto3.resource("s3").Bucket(NAME)
        environment = {"VAULT_STORAGE": f"s3://{NAME}/vault", "AWS_ENDPOINT_URL_S3": address}
    place = Place(tmp_path, environment, bucket)
    yield place
    if place.site.process.poll() is None:
        stop_site(place.site)


def test_search_finds_a_planted_canary(tmp_path):
    place = Place.__new__(Place)
    place.data, place.temp, place.bucket = tmp_path, tmp_path / "temp", None
    place.temp.mkdir()
    (place.temp / "upload").write_bytes(b"x" * 100 + CANARY)
    assert place.hiding() == [str(place.temp / "upload")] * 2


def test_plaintext_is_only_in_the_reader_s_copy(place):
    data = report()
    assert data.count(CANARY) > 1000
    upload = place.begin_upload(data)
    for step in upload.pieces():
        if step % (4 * PIECE) == 0:
            assert place.hiding() == []
    assert upload.answer() == 302
    place.publish(1)
    assert place.hiding() == []

    line = place.connect()
    headers = {"Cookie": place.people["rhea"], "X-CSRFToken": TOKEN}
    line.request("POST", f"/documents/{SLUG}/download/", headers=headers)
    response = line.getresponse()
    copy = response.read(2 * 2**20)
    assert response.status == 200 and place.hiding() == []
    copy += response.read()
    assert copy.count(CANARY) > 1000 and b"%%EOF" in copy[-10:]
    assert place.hiding() == []

    # Kill the site while it checks an upload and receives another.
    half, whole = place.begin_upload(data), place.begin_upload(data)
    for step in half.pieces():
        if step > len(data) // 2:
            break
    # The whole one last: its check takes less than a second.
    list(whole.pieces())
    assert whole.answer() == 302
    assert not place.is_checked(2)
    place.kill_everything()
    assert place.hiding() == []
    place.start_again()
    assert place.current() == 1 and place.hiding() == []
    place.publish(2)
    assert place.hiding() == []
