"""The wrapping keys: a file, a hardware module, a KMS, a transit engine. Each wraps, binds, and refuses."""

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
    """The label of a token with an AES key called `vault`."""
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
    # A process makes its client once, for the environment that it had then.
    awskms.client.cache_clear()
    id = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    settings.VAULT_KEY = f"awskms:{id}"
    return id


class Transit(BaseHTTPRequestHandler):
    """The two calls of a transit engine, as its documentation has them."""

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


def test_what_is_wrapped_opens_and_does_not_show(any_key):
    provider = keys.current()
    wrapped = provider.wrap(KEY, CONTEXT)
    assert KEY not in wrapped
    assert keys.unwrap(provider.name, wrapped, CONTEXT) == KEY


def test_another_purpose_does_not_open(any_key):
    provider = keys.current()
    with pytest.raises(KeyRefused):
        provider.unwrap(provider.wrap(KEY, CONTEXT), b"documents.documentversion:other:original:9b4t")


def test_a_changed_byte_does_not_open(any_key):
    provider = keys.current()
    wrapped = bytearray(provider.wrap(KEY, CONTEXT))
    wrapped[len(wrapped) // 2] ^= 1
    with pytest.raises(KeyRefused):
        provider.unwrap(bytes(wrapped), CONTEXT)


@pytest.mark.parametrize("damaged", [b"", b"\xff" * 60], ids=["nothing", "noise"])
def test_bytes_that_were_never_wrapped_do_not_open(any_key, damaged):
    with pytest.raises(KeyRefused):
        keys.current().unwrap(damaged, CONTEXT)


@pytest.mark.django_db
def test_files_open_with_it(any_key):
    version = holding(b"plain" * 1000)
    assert version.original.key_name == keys.current().name
    with vault.open(version, "original") as reader:
        assert reader.read() == b"plain" * 1000


@pytest.mark.django_db
def test_a_key_may_have_a_name_as_long_as_a_path(local_key, monkeypatch):
    provider = local.provider("")
    # At random, so that no database packs it small.
    provider.name = f"pkcs11:token=a;object=b?module-path=/{secrets.token_hex(2040)}"
    monkeypatch.setattr(keys, "current", lambda: provider)
    stored = holding(b"plain").original
    stored.full_clean()
    assert StoredFile.objects.get(key_name=provider.name) == stored


# -- What each of them says when it cannot -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "vault", "file:x", "Local"])
def test_an_unknown_kind_is_a_sentence(settings, name):
    settings.VAULT_KEY = name
    with pytest.raises(KeyMissing, match="begins with one of"):
        keys.current()


def test_a_local_key_that_is_not_in_the_file_is_missing(local_key):
    with pytest.raises(KeyMissing, match="does not hold the key 00000000"):
        keys.unwrap("local:00000000", b"", b"")


@pytest.mark.parametrize("text", ["", "x", "3f9a2b11 abc", "3f9a2b11 " + "0" * 64 + " more"])
def test_a_damaged_key_file_is_never_guessed_at(local_key, text):
    local.path().write_text(text)
    with pytest.raises(KeyMissing, match="damaged"):
        keys.current()


def test_the_key_file_is_for_its_owner_alone(local_key):
    assert local.path().stat().st_mode & 0o777 == 0o600
    assert local.path().parent.stat().st_mode & 0o777 == 0o700


def test_a_hardware_module_without_the_key_the_token_or_the_pin_says_so(hardware_key, settings, token):
    with pytest.raises(KeyMissing, match="has no secret key other"):
        keys.unwrap(named(token, "other"), bytes(60), b"")
    with pytest.raises(KeyUnreachable, match="elsewhere"):
        keys.unwrap(named("elsewhere"), bytes(60), b"")
    with pytest.raises(KeyMissing, match=r"/no\.so"):
        keys.unwrap(named(token, module="/no.so"), bytes(60), b"")
    with pytest.raises(KeyMissing, match="needs token, object and module-path"):
        keys.unwrap("pkcs11:vault", bytes(60), b"")


def test_a_wrong_pin_is_given_to_a_token_once(settings, monkeypatch):
    softhsm.token("vault-wrong-pin")
    given = softhsm.logins(monkeypatch)
    settings.VAULT_KEY, settings.VAULT_PIN = named("vault-wrong-pin"), "0000"
    for _ in range(5):
        with pytest.raises(KeyMissing, match="does not accept VAULT_PIN"):
            keys.current().wrap(KEY, CONTEXT)
    assert given == ["0000"]


def test_hardware_is_asked_by_many_threads_at_once(hardware_key):
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


def test_a_kms_key_that_is_gone_disabled_or_away_says_so(kms_key, monkeypatch):
    provider = keys.current()
    wrapped = provider.wrap(KEY, CONTEXT)
    with pytest.raises(KeyMissing):
        keys.unwrap("awskms:00000000-0000-0000-0000-000000000000", wrapped, CONTEXT)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
    awskms.client.cache_clear()
    with pytest.raises(KeyUnreachable):
        keys.unwrap(provider.name, wrapped, CONTEXT)


def test_a_transit_engine_that_refuses_or_is_away_says_so(transit_key, monkeypatch):
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


# -- The first key, and no second --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_empty_vault_makes_its_first_key_by_itself():
    assert not local.path().exists()
    holding(b"first")
    assert len(local.read()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("left", ["rows and objects", "objects", "rows"])
def test_a_lost_key_is_never_replaced_while_there_is_ciphertext(files, left):
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
def test_the_start_refuses_when_the_key_is_gone_or_another_one():
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
def test_the_start_refuses_a_key_of_the_right_name_that_does_not_open():
    holding(b"locked in")
    id = next(iter(local.read()))
    local.path().write_text(f"{id} {'0' * 64}\n")
    assert serious() == ["trustcenter.E012"]


@pytest.mark.django_db
def test_the_start_tells_of_damaged_files_and_does_not_refuse_for_their_sake():
    versions = three()
    ids = [damage(version) for version in sorted(versions, key=lambda version: version.pk)[:2]]
    (told,) = run_checks(tags=[Tags.database], include_deployment_checks=True)
    assert told.id == "trustcenter.W013" and all(id in told.msg for id in ids)
    with pytest.raises(CommandError):
        call_command("rotate_keys")
    # Nothing but the damaged files is left with the former key.
    assert serious() == ["trustcenter.W013"]


@pytest.mark.django_db
def test_the_start_refuses_a_present_key_that_opens_nothing_whatever_a_former_one_does():
    holding(b"file 1")
    local.add()
    damage(holding(b"file 2", slug="pentest"))
    assert serious() == ["trustcenter.E012"]


@pytest.mark.django_db
def test_the_start_says_whether_the_key_may_come_back(transit_key, monkeypatch):
    holding(b"locked in")
    assert serious() == []
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    assert serious() == ["trustcenter.E015"]
    monkeypatch.delenv("VAULT_ADDR")
    assert serious() == ["trustcenter.E012"]


@pytest.mark.django_db
def test_a_damaged_file_does_not_keep_the_site_from_another_kind_of_key(settings, hardware_key):
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


def test_many_that_add_a_key_at_once_lose_none():
    threads = [threading.Thread(target=local.add) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(local.read()) == 20


def test_many_that_make_the_first_key_at_once_make_one():
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
    """Somebody's hand in the database; the id of the file."""
    StoredFile.objects.filter(pk=version.original_id).update(wrapped_key=b"damaged")
    return version.original_id


def readable(version):
    fresh = DocumentVersion.objects.select_related("original").get(pk=version.pk)
    with vault.open(fresh, "original") as reader:
        return reader.read().startswith(b"file ")


@pytest.mark.django_db
def test_rotation_wraps_every_key_anew_and_leaves_the_files(files, capsys):
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
def test_an_interrupted_rotation_leaves_all_readable_and_goes_on_with_the_same_key(monkeypatch):
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
def test_rotation_names_what_does_not_open_and_goes_on_with_the_rest():
    one, two, three_ = three()
    before, lost = keys.current().name, damage(one)
    with pytest.raises(CommandError, match=f"do not open and were left as they are: {lost}"):
        call_command("rotate_keys")
    after = keys.current().name
    assert set(StoredFile.objects.exclude(pk=lost).values_list("key_name", flat=True)) == {after} != {before}
    assert readable(two) and readable(three_)
    assert Record.objects.get().action == Action.KEYS_ROTATED
    # What is damaged does not wait: the next rotation makes a new key again.
    again = rotation.rotate()
    assert (again.rewrapped, again.left, again.refused) == (2, 0, [lost]) and again.key not in (before, after)


@pytest.mark.django_db
def test_rotation_that_is_ended_half_way_says_in_the_log_how_far_it_came(monkeypatch):
    three()
    real, count = keys.unwrap, iter(range(10))

    def away_at_the_last(*arguments):
        # The first is asked whether the key is the right one.
        if next(count) == 3:
            raise KeyUnreachable("the module does not answer")
        return real(*arguments)

    monkeypatch.setattr(keys, "unwrap", away_at_the_last)
    with pytest.raises(CommandError, match="does not answer"):
        call_command("rotate_keys")
    row = Record.objects.select_related("detail").get()
    assert (row.action, json.loads(row.detail.body)["count"]) == (Action.KEYS_ROTATED, 2)


@pytest.mark.django_db
def test_rotation_with_the_wrong_key_makes_no_new_one():
    three()
    id = next(iter(local.read()))
    local.path().write_text(f"{id} {'0' * 64}\n")
    with pytest.raises(CommandError, match="opens none of the files that were tried"):
        call_command("rotate_keys")
    assert list(local.read()) == [id]


@pytest.mark.django_db
def test_rotation_stops_where_the_new_key_does_not_wrap(monkeypatch):
    """Whatever it is that refuses then, it is not the files."""
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
    # Nothing in the vault needs the file that is gone, but only a person can know that.
    with pytest.raises(KeyMissing):
        rotation.rotate()
    local.add()
    assert rotation.rotate().rewrapped == 3


@pytest.mark.django_db
def test_rotation_without_a_way_to_the_key_changes_nothing(settings):
    versions = three()
    settings.VAULT_KEY = named("a", module="/no.so")
    with pytest.raises(CommandError, match="Nothing is lost"):
        call_command("rotate_keys")
    assert all(readable(version) for version in versions)


def test_files_stay_readable_and_storable_while_keys_rotate(racing):
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
