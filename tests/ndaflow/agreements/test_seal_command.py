"""`manage.py seal`: verify a file, show the certificate, start waiting seals."""

from copy import deepcopy

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ndaflow.agreements.models import Signature, SignedCopy
from ndaflow.agreements.sealing import certificates
from tests.ndaflow.agreements.test_seal_custody import sealed_copy
from tests.ndaflow.agreements.test_sealing import stored, work
from trustcenter.audit import log, triggers
from trustcenter.audit.models import Detail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ready", "copy"), pytest.mark.once]


@pytest.fixture(scope="module")
def made(shared_and_ready):
    return sealed_copy()


@pytest.fixture
def copy(made):
    return deepcopy(made)


@pytest.fixture
def file(copy, tmp_path):
    path = tmp_path / "copy.pdf"
    path.write_bytes(stored(copy))
    return path


def run(capsys, *words: object) -> str:
    call_command("seal", *(str(word) for word in words))
    return capsys.readouterr().out


def test_own_copy_is_recognised(capsys, copy, file):
    said = run(capsys, "verify", file)
    assert copy.sha256 in said and copy.certificate_id in said and "PAdES B-B" in said
    assert "the operator's clock" in said


def test_changed_copy_is_refused(file):
    pdf = file.read_bytes()
    file.write_bytes(pdf + b"\n")
    with pytest.raises(CommandError, match="last byte") as refused:
        call_command("seal", "verify", str(file))
    assert refused.value.returncode == 1


def test_sealed_file_without_a_record_is_refused(copy, file):
    SignedCopy.objects.update(sha256="0" * 64)
    with pytest.raises(CommandError, match="no copy on record"):
        call_command("seal", "verify", str(file))


def test_copy_that_differs_from_the_log_is_refused(copy, file):
    triggers.drop(connection)
    detail = Detail.objects.get(record__action="agreement.sealed")
    Detail.objects.filter(pk=detail.pk).update(body=log.canonical({"sha256": "0" * 64}))
    with pytest.raises(CommandError, match="The log has another SHA-256"):
        call_command("seal", "verify", str(file))


def test_copy_is_valid_after_its_record_was_erased(capsys, file):
    triggers.drop(connection)
    Detail.objects.filter(record__action="agreement.sealed").delete()
    assert "unchanged" in run(capsys, "verify", file)


def test_published_certificates_are_enough_to_verify(client, capsys, copy, file, tmp_path):
    pem = tmp_path / "seal.pem"
    pem.write_bytes(client.get("/.well-known/trustcenter/seal.pem").content)
    SignedCopy.objects.all().delete()
    assert "unchanged" in run(capsys, "verify", file, "--certificates", pem)
    assert "SHA-256 matches" in run(capsys, "verify", file, "--certificates", pem, "--sha256", copy.sha256)
    with pytest.raises(CommandError, match="on record is 00"):
        run(capsys, "verify", file, "--certificates", pem, "--sha256", "0" * 64)


@pytest.mark.parametrize("content", [None, b"", b"no pdf"])
def test_file_that_is_not_a_pdf_gets_a_sentence(tmp_path, content):
    path = tmp_path / "x.pdf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=r"Cannot read|Not valid"):
        call_command("seal", "verify", str(path))


def test_start_seals_all_waiting_copies_or_the_named_one(capsys, copy):
    waiting = Signature.objects.get()
    with pytest.raises(CommandError, match="no signature"):
        call_command("seal", "start", waiting.pk)
    copy.delete()
    assert "makes now: 1" in run(capsys, "start")
    assert "makes now: 1" in run(capsys, "start", waiting.pk)
    work()
    assert SignedCopy.objects.get().signature == waiting


def test_certificate_and_request_are_printed(capsys):
    said = run(capsys, "certificate")
    own, root = certificates.chain_of(said.encode())
    assert certificates.fingerprint(own) in said and certificates.fingerprint(root) in said
    assert "BEGIN CERTIFICATE REQUEST" in run(capsys, "request")


def test_unusable_key_gets_a_sentence(settings):
    settings.SEAL_KEY = "hsm"
    with pytest.raises(CommandError, match="The seal cannot be used: SEAL_KEY is 'hsm'"):
        call_command("seal", "certificate")
