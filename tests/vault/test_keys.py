"""The wrapping keys: a file, a hardware module, a KMS, a transit engine."""

import json
import secrets
import threading
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pkcs11
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, call_command
from django.db import connection

from documents.models import DocumentVersion
from tests import softhsm
from tests.vault.conftest import holding, path_of
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault import files as vault
from trustcenter.vault import keys, opening, rotation
from trustcenter.vault.clients import awskms
from trustcenter.vault.keys import KeyMissing, KeyRefused, KeyUnreachable, local
from trustcenter.vault.models import StoredFile

KEY, CONTEXT = bytes(range(32)), b"documents.documentversion:7f3k:original:9b4t"


# -- The four kinds ----------------------------------------------------------------------------------------------------


@pytest.fixture
def local_key(settings):
    local.add()
    settings.VAULT_KEY = "local"


@pytest.fixture(scope="session")
def token():
    """The label of a token with an AES key named `vault`."""
    label = f"vault-{secrets.token_hex(4)}"
    with softhsm.token(label).open(rw=True, user_pin=softhsm.PIN) as session:
        session.generate_key(pkcs11.KeyType.AES, 256, label="vault", store=True)
    return label


@pytest.fixture
def hardware_key(settings, token):
    settings.VAULT_KEY, settings.VAULT_PIN = named(token), softhsm.PIN
    return settings.VAULT_KEY


def named(token, key="vault", module=softhsm.MODULE):
    return f"pkcs11:token={token};object={key}?module-path={module}"


@pytest.fixture
def kms_key(settings, monkeypatch, amazon):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", amazon)
    # A process creates its client once, with the environment of that moment.
    awskms.client.cache_clear()
    id = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    settings.VAULT_KEY = f"awskms:{id}"
    return id


class Transit(BaseHTTPRequestHandler):
    """The two calls of a transit engine, as documented."""

    cipher = AESGCM(bytes(32))

    def do_POST(self):
        words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation, name = self.path.removeprefix("/v1/transit/").split("/")
        if self.headers["X-Vault-Token"] != "s.token":
            return self.answer(403, {"errors": ["permission denied"]})
        if name != "trust":
            return self.answer(404, {"errors": ["encryption key not found"]})
        bound = b64decode(words["associated_data"])
        if operation == "encrypt":
            sealed = self.cipher.encrypt(bytes(12), b64decode(words["plaintext"]), bound)
            return self.answer(200, {"data": {"ciphertext": f"vault:v1:{b64encode(sealed).decode()}"}})
        try:
            plain = self.cipher.decrypt(bytes(12), b64decode(words["ciphertext"].removeprefix("vault:v1:")), bound)
        except Exception:
            return self.answer(400, {"errors": ["invalid ciphertext"]})
        return self.answer(200, {"data": {"plaintext": b64encode(plain).decode()}})

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def engine():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Transit)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def transit_key(settings, monkeypatch, engine):
    monkeypatch.setenv("VAULT_ADDR", engine)
    monkeypatch.setenv("VAULT_TOKEN", "s.token")
    settings.VAULT_KEY = "vault-transit:trust"


@pytest.fixture(params=["local_key", "hardware_key", "kms_key", "transit_key"])
def any_key(request):
    return request.getfixturevalue(request.param)


# -- What all of them promise ------------------------------------------------------------------------------------------


def test_wrapped_key_is_encrypted_and_can_be_unwrapped(any_key):
    provider = keys.current()
    wrapped = provider.wrap(KEY, CONTEXT)
    assert KEY not in wrapped
    assert keys.unwrap(provider.name, wrapped, CONTEXT) == KEY


def test_wrong_purpose_does_not_unwrap(any_key):
    provider = keys.current()
    with pytest.raises(KeyRefused):
        provider.unwrap(provider.wrap(KEY, CONTEXT), b"documents.documentversion:other:original:9b4t")


def test_changed_byte_does_not_unwrap(any_key):
    provider = keys.current()
    wrapped = bytearray(provider.wrap(KEY, CONTEXT))
    wrapped[len(wrapped) // 2] ^= 1
    with pytest.raises(KeyRefused):
        provider.unwrap(bytes(wrapped), CONTEXT)


@pytest.mark.parametrize("damaged", [b"", b"\xff" * 60], ids=["nothing", "noise"])
def test_other_bytes_do_not_unwrap(any_key, damaged):
    with pytest.raises(KeyRefused):
        keys.current().unwrap(damaged, CONTEXT)


@pytest.mark.django_db
def test_files_can_be_stored_and_opened(any_key):
    version = holding(b"plain" * 1000)
    assert version.original.key_name == keys.current().name
    with vault.open(version, "original") as reader:
        assert reader.read() == b"plain" * 1000


@pytest.mark.django_db
def test_name_of_a_key_may_be_as_long_as_a_path(local_key, monkeypatch):
    provider = local.provider("")
    # Random, so that no database compresses it.
    provider.name = f"pkcs11:token=a;object=b?module-path=/{secrets.token_hex(2040)}"
    monkeypatch.setattr(keys, "current", lambda: provider)
    stored = holding(b"plain").original
    stored.full_clean()
    assert StoredFile.objects.get(key_name=provider.name) == stored


# -- The error of each when it is unavailable -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "vault", "file:x", "Local"])
def test_unknown_kind_gets_a_sentence(settings, name):
    settings.VAULT_KEY = name
    with pytest.raises(KeyMissing, match="begins with one of"):
        keys.current()


def test_local_key_that_is_not_in_the_file_is_missing(local_key):
    with pytest.raises(KeyMissing, match="does not hold the key 00000000"):
        keys.unwrap("local:00000000", b"", b"")


@pytest.mark.parametrize("text", ["", "x", "3f9a2b11 abc", "3f9a2b11 " + "0" * 64 + " more"])
def test_damaged_key_file_is_refused(local_key, text):
    local.path().write_text(text)
    with pytest.raises(KeyMissing, match="damaged"):
        keys.current()


def test_key_file_is_readable_only_by_its_owner(local_key):
    assert local.path().stat().st_mode & 0o777 == 0o600
    assert local.path().parent.stat().st_mode & 0o777 == 0o700


def test_error_of_a_hardware_module_names_what_is_missing(hardware_key, settings, token):
    with pytest.raises(KeyMissing, match="has no secret key other"):
        keys.unwrap(named(token, "other"), bytes(60), b"")
    with pytest.raises(KeyUnreachable, match="elsewhere"):
        keys.unwrap(named("elsewhere"), bytes(60), b"")
    with pytest.raises(KeyMissing, match=r"/no\.so"):
        keys.unwrap(named(token, module="/no.so"), bytes(60), b"")
    with pytest.raises(KeyMissing, match="needs token, object and module-path"):
        keys.unwrap("pkcs11:vault", bytes(60), b"")


def test_wrong_pin_is_sent_to_a_token_once(settings, monkeypatch):
    softhsm.token("vault-wrong-pin")
    given = softhsm.logins(monkeypatch)
    settings.VAULT_KEY, settings.VAULT_PIN = named("vault-wrong-pin"), "0000"
    for _ in range(5):
        with pytest.raises(KeyMissing, match="does not accept VAULT_PIN"):
            keys.current().wrap(KEY, CONTEXT)
    assert given == ["0000"]


def test_hardware_module_can_be_used_by_many_threads_at_once(hardware_key):
    wrapped = keys.current().wrap(KEY, CONTEXT)
    opened = []
    threads = [
        threading.Thread(target=lambda: opened.append(keys.unwrap(hardware_key, wrapped, CONTEXT))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [KEY] * 8


def test_error_of_kms_names_a_deleted_disabled_or_unavailable_key(kms_key, monkeypatch):
    provider = keys.current()
    wrapped = provider.wrap(KEY, CONTEXT)
    with pytest.raises(KeyMissing):
        keys.unwrap("awskms:00000000-0000-0000-0000-000000000000", wrapped, CONTEXT)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
    awskms.client.cache_clear()
    with pytest.raises(KeyUnreachable):
        keys.unwrap(provider.name, wrapped, CONTEXT)


def test_error_of_a_transit_engine_names_a_refusal_or_an_outage(transit_key, monkeypatch):
    with pytest.raises(KeyMissing):
        keys.unwrap("vault-transit:other", b"vault:v1:AAAA", CONTEXT)
    monkeypatch.setenv("VAULT_TOKEN", "wrong")
    with pytest.raises(KeyMissing):
        keys.current().wrap(KEY, CONTEXT)
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    with pytest.raises(KeyUnreachable):
        keys.current().wrap(KEY, CONTEXT)
    monkeypatch.delenv("VAULT_ADDR")
    with pytest.raises(KeyMissing, match="VAULT_ADDR"):
        keys.current()


# -- The first key --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_empty_vault_creates_its_first_key():
    assert not local.path().exists()
    holding(b"first")
    assert len(local.read()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("left", ["rows and objects", "objects", "rows"])
def test_lost_key_is_never_replaced_while_there_is_ciphertext(files, left):
    version = holding(b"locked in")
    local.path().unlink()
    if left == "objects":
        DocumentVersion.objects.all().delete()
        StoredFile.objects.all().delete()
    if left == "rows":
        path_of(version.original, files).unlink()
    with pytest.raises(KeyMissing, match="is gone, and files are stored"):
        vault.Draft(DocumentVersion(), "original")
    with pytest.raises(KeyMissing):
        opening.check()
    assert not local.path().exists()


def serious():
    return [message.id for message in run_checks(tags=[Tags.database], include_deployment_checks=True)]


@pytest.mark.django_db
def test_start_is_refused_with_a_missing_or_another_key():
    assert serious() == []
    holding(b"locked in")
    assert serious() == []
    whole = local.path().read_text()
    local.path().unlink()
    assert serious() == ["trustcenter.E012"]
    local.add()
    assert serious() == ["trustcenter.E012"]
    local.path().write_text(whole)
    assert serious() == []


@pytest.mark.django_db
def test_start_is_refused_with_a_wrong_key_of_the_right_name():
    holding(b"locked in")
    id = next(iter(local.read()))
    local.path().write_text(f"{id} {'0' * 64}\n")
    assert serious() == ["trustcenter.E012"]


@pytest.mark.django_db
def test_damaged_files_give_a_warning_and_the_site_starts():
    versions = three()
    ids = [damage(version) for version in sorted(versions, key=lambda version: version.pk)[:2]]
    (told,) = run_checks(tags=[Tags.database], include_deployment_checks=True)
    assert told.id == "trustcenter.W013" and all(id in told.msg for id in ids)
    with pytest.raises(CommandError):
        call_command("rotate_keys")
    # Only the damaged files still use the former key.
    assert serious() == ["trustcenter.W013"]


@pytest.mark.django_db
def test_start_is_refused_if_the_current_key_opens_nothing_although_a_former_one_does():
    holding(b"file 1")
    local.add()
    damage(holding(b"file 2", slug="pentest"))
    assert serious() == ["trustcenter.E012"]


@pytest.mark.django_db
def test_error_at_the_start_says_whether_it_is_temporary(transit_key, monkeypatch):
    holding(b"locked in")
    assert serious() == []
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    assert serious() == ["trustcenter.E015"]
    monkeypatch.delenv("VAULT_ADDR")
    assert serious() == ["trustcenter.E012"]


@pytest.mark.django_db
def test_damaged_file_does_not_prevent_another_kind_of_key(settings, hardware_key):
    settings.VAULT_KEY = "local"
    one, two, _three = three()
    damage(one)
    rotation.rotate()
    settings.VAULT_KEY = hardware_key
    assert serious() == ["trustcenter.W013"]
    assert rotation.rotate().rewrapped == 2 and readable(two)


@pytest.mark.django_db
def test_other_commands_work_without_the_key():
    holding(b"locked in")
    local.path().unlink()
    assert run_checks(tags=[Tags.database]) == []


def test_keys_added_at_once_are_all_kept():
    threads = [threading.Thread(target=local.add) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(local.read()) == 20


def test_first_key_created_at_once_is_one_key():
    threads = [threading.Thread(target=local.add, kwargs={"first": True}) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(local.read()) == 1


# -- Rotation ----------------------------------------------------------------------------------------------------------


def three():
    return [holding(f"file {n}".encode(), slug=f"document-{n}") for n in range(3)]


def damage(version):
    """Damages the wrapped key of a file in the database; returns the file's id."""
    StoredFile.objects.filter(pk=version.original_id).update(wrapped_key=b"damaged")
    return version.original_id


def readable(version):
    fresh = DocumentVersion.objects.select_related("original").get(pk=version.pk)
    with vault.open(fresh, "original") as reader:
        return reader.read().startswith(b"file ")


@pytest.mark.django_db
def test_rotation_rewraps_every_key_and_keeps_the_files(files, capsys):
    versions = three()
    before = {v.pk: (path_of(v.original, files).read_bytes(), v.original.key_name) for v in versions}
    call_command("rotate_keys")
    name = keys.current().name
    assert f"wrapped with {name}: 3" in capsys.readouterr().out
    for version in versions:
        version.original.refresh_from_db()
        data, old = before[version.pk]
        assert path_of(version.original, files).read_bytes() == data
        assert version.original.key_name == name != old
        assert readable(version)
    assert Record.objects.get().action == Action.KEYS_ROTATED


@pytest.mark.django_db
def test_interrupted_rotation_keeps_all_readable_and_continues_with_the_same_key(monkeypatch):
    versions = three()
    real, count = rotation._rewrap, iter(range(10))

    def killed_at_the_second(*arguments):
        if next(count) == 1:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(rotation, "_rewrap", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate()
    name = keys.current().name
    assert sorted(StoredFile.objects.values_list("key_name", flat=True).distinct()) != [name]
    assert all(readable(version) for version in versions)
    done = rotation.rotate()
    assert (done.key, done.rewrapped, done.left) == (name, 2, 0)
    assert all(readable(version) for version in versions)


@pytest.mark.django_db
def test_rotation_names_damaged_files_and_continues_with_the_others():
    one, two, three_ = three()
    before, lost = keys.current().name, damage(one)
    with pytest.raises(CommandError, match=f"do not open and were left as they are: {lost}"):
        call_command("rotate_keys")
    after = keys.current().name
    assert set(StoredFile.objects.exclude(pk=lost).values_list("key_name", flat=True)) == {after} != {before}
    assert readable(two) and readable(three_)
    assert Record.objects.get().action == Action.KEYS_ROTATED
    # Damaged files do not block it: the next rotation creates a new key again.
    again = rotation.rotate()
    assert (again.rewrapped, again.left, again.refused) == (2, 0, [lost]) and again.key not in (before, after)


@pytest.mark.django_db
def test_interrupted_rotation_records_its_progress(monkeypatch):
    three()
    real, count = keys.unwrap, iter(range(10))

    def away_at_the_last(*arguments):
        # The first file is used to check the key.
        if next(count) == 3:
            raise KeyUnreachable("the module does not answer")
        return real(*arguments)

    monkeypatch.setattr(keys, "unwrap", away_at_the_last)
    with pytest.raises(CommandError, match="does not answer"):
        call_command("rotate_keys")
    row = Record.objects.select_related("detail").get()
    assert (row.action, json.loads(row.detail.body)["count"]) == (Action.KEYS_ROTATED, 2)


@pytest.mark.django_db
def test_rotation_with_the_wrong_key_creates_no_new_one():
    three()
    id = next(iter(local.read()))
    local.path().write_text(f"{id} {'0' * 64}\n")
    with pytest.raises(CommandError, match="opens none of the files that were tried"):
        call_command("rotate_keys")
    assert list(local.read()) == [id]


@pytest.mark.django_db
def test_rotation_stops_if_the_new_key_does_not_wrap(monkeypatch):
    """The new key is at fault then, not the files, so none is named as damaged."""
    versions = three()
    before = set(StoredFile.objects.values_list("key_name", flat=True))

    def refuse(*arguments):
        raise KeyRefused("this key only signs")

    monkeypatch.setattr(local.LocalKey, "wrap", refuse)
    with pytest.raises(CommandError, match="only signs"):
        call_command("rotate_keys")
    assert set(StoredFile.objects.values_list("key_name", flat=True)) == before
    assert all(readable(version) for version in versions) and not Record.objects.exists()


@pytest.mark.django_db
def test_rotation_moves_to_another_kind_of_key_and_back(settings, hardware_key):
    settings.VAULT_KEY = "local"
    versions = three()
    settings.VAULT_KEY = hardware_key
    assert rotation.rotate().rewrapped == 3
    local.path().unlink()
    assert all(readable(version) for version in versions)
    assert rotation.rotate().rewrapped == 0
    settings.VAULT_KEY = "local"
    # Nothing in the vault needs the missing file, but only a person can know that.
    with pytest.raises(KeyMissing):
        rotation.rotate()
    local.add()
    assert rotation.rotate().rewrapped == 3


@pytest.mark.django_db
def test_rotation_with_an_unavailable_key_changes_nothing(settings):
    versions = three()
    settings.VAULT_KEY = named("a", module="/no.so")
    with pytest.raises(CommandError, match="Nothing is lost"):
        call_command("rotate_keys")
    assert all(readable(version) for version in versions)


def test_files_can_be_read_and_stored_during_a_rotation(racing):
    versions = three()
    over, failed = threading.Event(), []

    def read():
        try:
            while not over.is_set():
                if not all(readable(version) for version in versions):
                    failed.append("unreadable")
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(5):
        rotation.rotate()
    over.set()
    for reader in readers:
        reader.join()
    assert failed == []
    assert StoredFile.objects.exclude(key_name=keys.current().name).count() == 0
