"""/verify/ gives the same answers as verify.py on a page."""

import hashlib
import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.audit import logs
from tests.audit.logs import record
from tests.audit.test_offline import NOTE, NOTES, RECEIPT, RECEIPTS
from trustcenter.audit import offline, receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.site.log.verify import check

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PDF = b"%PDF-1.7 " + b"a copy " * 300_000


def file(data: bytes, name: str = "r.tlog-proof") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def post(client, data: bytes, pdf: bytes | None = None):
    sent = {"file": file(data)} | ({"pdf": file(pdf, "copy.pdf")} if pdf is not None else {})
    return client.post(reverse("log:verify"), sent)


@pytest.fixture
def copied() -> bytes:
    """A receipt for a file."""
    sha256 = hashlib.sha256(PDF).hexdigest()
    row = record(Action.AGREEMENT_SEALED, actor=None, subject=None, agreement="NDA", signer="Rhea Diaz", sha256=sha256)
    logs.signed(3)
    return receipts.receipt(Record.objects.select_related("detail").get(pk=row.pk)).encode()


def test_receipt_is_valid_with_its_file(client, copied):
    page = post(client, copied, PDF).content.decode()
    assert ">Valid</h2>" in page and "Not valid" not in page
    assert "NDA for “Rhea Diaz” was sealed" in page
    assert "exactly the one that the record names" in page and "still begins with the records" in page


def test_receipt_is_invalid_with_another_file(client, copied):
    page = post(client, copied, PDF + b" ").content.decode()
    assert ">Not valid</h2>" in page and "The file is not the one that the record names" in page


def test_checkpoint_is_valid_and_needs_no_file(client):
    made = logs.signed(3)
    assert ">Valid</h2>" in post(client, made.note.encode()).content.decode()
    page = post(client, made.note.encode(), PDF).content.decode()
    assert ">Valid</h2>" in page and "A checkpoint names no file to compare" in page and "PDF not checked" in page


def test_older_checkpoint_is_invalid_for_a_rebuilt_log(client):
    old = logs.signed(300)
    logs.signed(20)
    logs.as_owner("UPDATE audit_record SET actor = 'x' WHERE number = 7")
    logs.rebuild()
    assert "does not begin with the records" in post(client, old.note.encode()).content.decode()


def test_checkpoint_larger_than_the_log_is_invalid(client):
    old = logs.signed(3)
    newer = logs.signed(3)
    logs.as_owner(f"DELETE FROM audit_checkpoint WHERE size = {newer.size}")
    page = post(client, newer.note.encode()).content.decode()
    assert "was set back" in page and f"covers {old.size} records" in page


@pytest.mark.parametrize("name", [*NOTES, *RECEIPTS])
def test_every_forgery_gets_a_sentence(name, monkeypatch):
    """The forgeries of verify.py's tests, with the function behind the page."""
    from tests.audit.test_offline import KEY

    monkeypatch.setattr(receipts, "keys", lambda: [KEY])
    forgery = (NOTES | RECEIPTS)[name][0]
    answer = check(forgery.encode())
    assert answer.refusal and "%" not in answer.refusal


def test_valid_files_of_another_log_are_refused(client):
    logs.signed(1)
    for text in (NOTE, RECEIPT):
        assert "not signed by the log&#x27;s key" in post(client, text.encode()).content.decode()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\0" * 100, b"x" * 200_000, b"<script>alert(1)</script>\n\n- x\n"])
def test_invalid_file_gets_a_sentence(client, data):
    logs.signed(1)
    answer = post(client, data)
    assert answer.status_code == 200 and ">Not valid</h2>" in answer.content.decode()
    assert b"<script>alert" not in answer.content


def test_site_without_a_checkpoint_says_so(client):
    assert "has not signed a checkpoint yet" in post(client, b"x").content.decode()


def test_form_without_a_file_says_what_is_missing(client):
    assert "Choose a receipt or a checkpoint" in client.post(reverse("log:verify")).content.decode()


def test_verification_writes_nothing_to_the_temporary_folder(client, copied, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert ">Valid</h2>" in post(client, copied, PDF).content.decode()
    assert not Path(tmp_path / "gone").exists()


def test_too_large_upload_is_refused_before_it_is_read(client, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    answer = post(client, b"x", b"%PDF" * 100_000)
    assert answer.status_code == 413 and "too large for this page" in answer.content.decode()


def test_csrf_token_is_required():
    client = Client(enforce_csrf_checks=True)
    assert post(client, b"x").status_code == 403
    token = client.get(reverse("log:verify")).cookies["csrf"].value
    answer = client.post(reverse("log:verify"), {"file": file(b"x"), "csrfmiddlewaretoken": token})
    assert answer.status_code == 200


def test_verifications_are_rate_limited(client):
    for _ in range(60):
        assert post(client, b"x").status_code == 200
    answer = post(client, b"x")
    assert answer.status_code == 429 and "Try again in an hour" in answer.content.decode()


def test_page_shows_the_newest_checkpoint_and_the_key(client):
    made = logs.signed(1)
    page = client.get(reverse("log:verify")).content.decode()
    assert made.verifier_key in page and reverse("log:verifier") in page
    assert 'href="/verify/"' in client.get("/").content.decode()
    assert offline.read_key(made.verifier_key)
