"""The key and certificate of the seal are created once, never replaced automatically, and stay published."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from ndaflow.agreements import tasks
from ndaflow.agreements.models import SealCertificate, SignedCopy
from ndaflow.agreements.sealing import certificates, custody
from ndaflow.agreements.sealing.certificates import BadCertificate
from ndaflow.agreements.sealing.keys import FileKey
from tests import cast
from tests.ndaflow.agreements import papers
from tests.ndaflow.agreements.test_seal_keys import in_file
from tests.ndaflow.agreements.test_sealing import stored
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault.clients.errors import KeyUnusable

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def sealed_copy(email: str = "rhea@example.com") -> SignedCopy:
    person, version = cast.person(email, "Rhea"), cast.nda()
    request = cast.open_request(person, cast.document(email.partition("@")[0]))
    signature = cast.sign(request, person, version)
    tasks.make_signed_copy.func(signature.pk)
    return SignedCopy.objects.get(signature=signature)


def published(client) -> list[x509.Certificate]:
    answer = client.get("/.well-known/trustcenter/seal.pem")
    assert answer.status_code == 200 and not answer.cookies
    return x509.load_pem_x509_certificates(answer.content)


def test_key_and_certificate_are_created_at_first_use_for_the_worker_only(keys):
    assert not keys.exists()
    sealed_copy()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (keys, *keys.glob("seal*"))}
    assert modes == {"keys": 0o700, "seal.key": 0o600, "seal-root.key": 0o600, "seal.pem": 0o600}
    own, root = certificates.chain_of((keys / "seal.pem").read_bytes())
    usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.content_commitment and usage.digital_signature and not usage.key_cert_sign
    assert not certificates.is_authority(own) and certificates.is_authority(root)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert root.public_key() == FileKey(keys / "seal-root.key").public_key() != own.public_key()


def test_second_copy_uses_the_same_certificate_which_is_recorded_once(ready):
    assert sealed_copy().certificate == sealed_copy("vera@example.com").certificate
    told = Record.objects.get(action=Action.SEAL_CERTIFICATE)
    assert SealCertificate.objects.get().fingerprint in told.detail.body


def test_nothing_is_published_before_the_first_seal(client, keys):
    answer = client.get(reverse("agreements:seal_certificates"))
    assert answer.status_code == 404 and "Nothing has been sealed" in answer.content.decode()


@pytest.mark.parametrize("gone", [["seal.key"], ["seal.key", "seal.pem"]])
def test_missing_key_is_never_replaced_automatically(ready, gone):
    sealed_copy()
    for name in gone:
        (ready / name).unlink()
    with pytest.raises(KeyUnusable, match="is gone"):
        sealed_copy("vera@example.com")
    assert not (ready / "seal.key").exists()
    assert SignedCopy.objects.count() == 1


def test_missing_certificate_file_is_restored_from_the_published_one(ready):
    first = sealed_copy()
    (ready / "seal.pem").unlink()
    assert sealed_copy("vera@example.com").certificate == first.certificate


def test_new_key_is_created_on_command_and_old_copies_stay_valid(client, keys, tmp_path):
    first = sealed_copy()
    (tmp_path / "first.pdf").write_bytes(stored(first))
    call_command("seal", "certificate", "--new")
    second = sealed_copy("vera@example.com")
    (tmp_path / "second.pdf").write_bytes(stored(second))
    assert second.certificate != first.certificate
    own, root, former, same = published(client)
    assert [certificates.fingerprint(own), certificates.fingerprint(former)] == [
        second.certificate_id,
        first.certificate_id,
    ]
    assert root == same, "who trusts the root must trust the new certificate too"
    assert {path.name for path in keys.glob("seal-*")} == {"seal-root.key"} | {
        f"seal-{first.certificate_id[:16]}{end}" for end in (".key", ".pem")
    }
    (tmp_path / "root.pem").write_text(certificates.pem_of([root]))
    for name in ("first.pdf", "second.pdf"):
        call_command("seal", "verify", str(tmp_path / name))
        call_command("seal", "verify", str(tmp_path / name), "--certificates", str(tmp_path / "root.pem"))
    assert Record.objects.filter(action=Action.SEAL_CERTIFICATE).count() == 2


def test_new_certificate_without_the_root_key_has_a_new_root(client, keys):
    """After a theft of the keys, or if the operator keeps the root's key elsewhere and does not bring it."""
    custody.publish(custody.in_use(timezone.now()))
    (keys / "seal-root.key").unlink()
    call_command("seal", "certificate", "--new")
    _own, root, _former, old = published(client)
    assert root != old and root.public_key() == FileKey(keys / "seal-root.key").public_key()


def test_root_that_ends_before_its_certificate_is_made_anew(keys):
    late = timezone.now() + certificates.ROOT_LIFE - certificates.LIFE / 2
    first = custody.in_use(timezone.now())
    custody.publish(first)
    own, root = custody.renew(late).chain
    assert root != first.chain[1] and root.not_valid_after_utc > own.not_valid_after_utc


def test_unusable_root_key_changes_nothing(keys):
    before = custody.in_use(timezone.now()).chain
    (keys / "seal-root.key").write_text("no PEM")
    with pytest.raises(KeyUnusable, match=r"seal-root\.key"):
        custody.renew(timezone.now())
    assert custody.in_use(timezone.now()).chain == before


def test_root_of_a_key_in_another_place_leaves_no_key(keys, settings, tmp_path):
    """The key of the root, in a file, would be the weaker one."""
    key = in_file(tmp_path / "own.key", rsa.generate_private_key(65537, 2048))
    settings.SEAL_KEY = f"file:{key.path}"
    own, root = custody.in_use(timezone.now()).chain
    assert own.public_key() == key.public_key() and certificates.is_issued_by(own, root)
    assert {path.name for path in keys.iterdir()} == {"seal.pem"}


def test_key_and_certificate_of_the_operator_are_used(keys, settings, tmp_path):
    key = in_file(tmp_path / "own.key", rsa.generate_private_key(65537, 2048))
    (tmp_path / "own.pem").write_text(certificates.pem_of(papers.issued(key, "Operator AG")))
    settings.SEAL_KEY, settings.SEAL_CERTIFICATE = f"file:{key.path}", str(tmp_path / "own.pem")
    assert sealed_copy().certificate.subject == "CN=Operator AG (agreement seal),O=Operator AG"
    with pytest.raises(CommandError, match="make the new pair yourself"):
        call_command("seal", "certificate", "--new")


def test_certificate_of_another_key_is_refused(keys, settings, tmp_path):
    key = in_file(tmp_path / "other.key", rsa.generate_private_key(65537, 2048))
    (tmp_path / "other.pem").write_text(certificates.pem_of(papers.issued(key, "Operator AG")))
    settings.SEAL_CERTIFICATE = str(tmp_path / "other.pem")
    custody.folder().mkdir(mode=0o700)
    in_file(custody.folder() / "seal.key", rsa.generate_private_key(65537, 2048))
    with pytest.raises(BadCertificate, match="belongs to another key"):
        sealed_copy()
    assert not SignedCopy.objects.exists()
