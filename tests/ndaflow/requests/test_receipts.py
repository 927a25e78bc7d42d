"""A person's receipts: as files, on their pages and in the mail with the signed copy."""

import hashlib
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documents.marks import second_mark
from documents.models import AccessGrant, Delivery
from ndaflow.agreements import tasks
from ndaflow.agreements.models import Signature, SignedCopy
from ndaflow.privacy.rows import subjects_of
from ndaflow.requests import receipts
from tests import cast
from tests.audit import logs
from tests.audit.logs import record
from tests.signin import staff_client
from trustcenter.audit import checkpoints, erasing, offline
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Checkpoint
from trustcenter.vault import files as vault
from trustcenter.work import mail
from trustcenter.work.models import Mail

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def story(shared_scene):
    """Rhea signed, was granted the report, and has downloaded a copy."""
    rhea, ada = cast.rhea(), cast.ada()
    document = cast.document()
    version = cast.current_version(document)
    request = cast.granted(rhea, ada, document)
    signature = Signature.objects.get()
    tasks.make_signed_copy.func(signature.pk)
    now = timezone.now()
    delivery = Delivery.objects.create(
        code="CODE",
        grant=request.items.get().grant,
        version=version,
        reader=rhea,
        printed_email=rhea.email,
        mark_bits=second_mark.new_bits(),
        size=1,
        sha256="a" * 64,
        finished_at=now + timedelta(seconds=1),
    )
    record(Action.DELIVERY_FINISHED, actor=rhea, subject=delivery, document="x", code="CODE", sha256="a" * 64)
    return {
        "signature": signature.pk,
        "copy": signature.pk,
        "grant": request.items.get().grant_id,
        "request": request.pk,
        "delivery": delivery.pk,
    }


@pytest.fixture
def client(client, story):
    """Rhea's browser."""
    client.force_login(Signature.objects.get().signer)
    return client


def receipts_of(story):
    return [(kind, id) for kind, id in story.items() if kind != "request"]


def url(kind: str, id: str) -> str:
    return reverse("requests:receipt", args=[kind, id])


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("signature", "request.signed"),
        ("copy", "agreement.sealed"),
        ("grant", "request.granted"),
        ("delivery", "delivery.finished"),
    ],
)
def test_receipt_is_valid_and_stays_the_same(client, story, kind, action):
    young = client.get(url(kind, story[kind]))
    assert (young.status_code, young["Retry-After"]) == (503, "60") and b"within a minute" in young.content
    made = checkpoints.make()
    answer = client.get(url(kind, story[kind]))
    assert f'filename="{kind}-{story[kind]}.tlog-proof"' in answer["Content-Disposition"]
    receipt = offline.read_receipt(answer.content.decode())
    assert offline.check_receipt(receipt, logs.keys(made))
    assert f'"action":"{action}"' in receipt.leaf
    # The same file every time, although the log has grown.
    logs.signed(3)
    assert client.get(url(kind, story[kind])).content == answer.content


def test_receipt_of_another_person_is_not_found_even_by_staff(client, story):
    checkpoints.make()
    outsider, approver = Client(), staff_client(Client(), cast.ben())
    outsider.force_login(cast.otto())
    for other in (outsider, approver):
        for kind, id in receipts_of(story):
            assert other.get(url(kind, id)).status_code == 404
    assert client.get(url("signature", "0" * 16)).status_code == 404
    assert client.get(url("mailbox", story["grant"])).status_code == 404
    assert client.post(url("grant", story["grant"])).status_code == 405


def test_pages_offer_receipts_or_say_when_they_are_available(client, story):
    pages = [reverse("requests:my"), reverse("requests:request", args=[story["request"]])]
    for page in pages:
        content = client.get(page).content.decode()
        assert "within a minute" in content and "/my/receipts/" not in content
    checkpoints.make()
    my, request = (client.get(page).content.decode() for page in pages)
    for kind, id in receipts_of(story):
        assert url(kind, id) in my
    assert url("grant", story["grant"]) in request and url("copy", story["copy"]) in request
    assert "within a minute" not in my + request


def test_receipts_need_two_queries_for_any_number(story, django_assert_num_queries):
    signatures, deliveries = list(Signature.objects.all()), list(Delivery.objects.all())
    grants = list(AccessGrant.objects.select_related("requested_document"))
    with django_assert_num_queries(2):
        assert len(receipts.slips([*signatures, *deliveries, *grants])) == 3
    with django_assert_num_queries(0):
        assert receipts.slips([]) == {}


def test_mail_with_the_signed_copy_has_both_receipts(story):
    """No checkpoint covers them yet, so the worker signs one at once."""
    row = Mail.objects.exclude(attachments=[]).get()
    assert not Checkpoint.objects.exists()
    mail.hand_over.func(row.pk)
    (sent,) = django_mail.outbox
    pdf, *proofs = sent.attachments
    key = logs.keys(Checkpoint.objects.get())
    found = [offline.read_receipt(bytes(content).decode()) for _name, content, _type in proofs]
    assert all(offline.check_receipt(receipt, key) for receipt in found)
    assert [name for name, _content, _type in proofs] == [
        f"signature-{story['signature']}.tlog-proof",
        f"copy-{story['copy']}.tlog-proof",
    ]
    assert offline.check_file(found[1], hashlib.sha256(pdf.content).hexdigest())
    assert "/verify/" in sent.body


def test_signed_copy_is_mailed_even_if_the_log_cannot_be_signed(story, log_key):
    checkpoints.make()
    log_key.unlink()
    record(Action.AGREEMENT_SEALED, actor=None, subject=Signature.objects.get(), agreement="x", signer="x", sha256="x")
    mail.hand_over.func(Mail.objects.exclude(attachments=[]).get().pk)
    assert [one[0] for one in django_mail.outbox[0].attachments] == [
        "nda-v1.pdf",
        f"signature-{story['signature']}.tlog-proof",
    ]


def test_each_signature_has_its_own_receipt(client, story):
    rhea = Signature.objects.get().signer
    request = Signature.objects.get().request
    newer = cast.nda(text=cast.NDA_TEXT + "\nMore.\n", earlier_signers="now")
    cast.sign(request, rhea, newer)
    made = checkpoints.make()
    bodies = []
    for signature in Signature.objects.all():
        receipt = offline.read_receipt(client.get(url("signature", signature.pk)).content.decode())
        assert offline.check_receipt(receipt, logs.keys(made)) and signature.pk in receipt.body
        bodies.append(receipt.body)
    assert len(set(bodies)) == 2


def test_erased_record_has_no_receipt(client, story):
    checkpoints.make()
    rhea = Signature.objects.get().signer
    erasing.erase(erasing.Whom(rhea.pk, rhea.email, frozenset(subjects_of(rhea))), by=rhea)
    content = client.get(reverse("requests:my")).content.decode()
    assert "/my/receipts/" not in content
    assert client.get(url("grant", story["grant"])).status_code == 404


def test_receipt_of_the_signature_is_valid_with_its_signed_copy(client, story, tmp_path):
    """The record of the signature is older than its PDF, but the receipt is valid with this PDF and no other."""
    made = checkpoints.make()
    proof = client.get(url("signature", story["signature"])).content
    with vault.open(SignedCopy.objects.get(), "file") as file:
        pdf = file.read()
    other = pdf + b" "
    for data, valid in ((pdf, True), (other, False)):
        sent = {"file": SimpleUploadedFile("r.tlog-proof", proof), "pdf": SimpleUploadedFile("nda.pdf", data)}
        page = client.post(reverse("log:verify"), sent).content.decode()
        assert (">Valid</h2>" in page, "is the signed copy of this signature: record" in page) == (valid, valid)
        assert (">Not valid</h2>" in page) is not valid
    paths = {name: tmp_path / name for name in ("r.tlog-proof", "nda.pdf", "other.pdf")}
    paths["r.tlog-proof"].write_bytes(proof)
    paths["nda.pdf"].write_bytes(pdf)
    paths["other.pdf"].write_bytes(b"%PDF-1.7 stream\nsomething else\nendstream")
    for name, code, said in (
        ("nda.pdf", 0, "encloses the evidence"),
        ("other.pdf", 1, "does not enclose its evidence"),
    ):
        arguments = ["receipt", paths["r.tlog-proof"], "--key", made.verifier_key, "--pdf", paths[name]]
        done = subprocess.run(
            [sys.executable, "-I", offline.__file__, *arguments], capture_output=True, text=True, check=False
        )
        assert (done.returncode, said in done.stdout) == (code, True), done.stdout + done.stderr
