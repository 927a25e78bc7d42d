"""Real seals with a key in each of the three places: a file, a token, a KMS."""

import secrets

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.server import ThreadedMotoServer
from pkcs11.util.ec import encode_named_curve_parameters

from ndaflow.agreements.sealing import certificates, keys, verification
from ndaflow.agreements.sealing.keys import FileKey
from ndaflow.agreements.sealing.kms_key import KMSKey
from ndaflow.agreements.sealing.token_key import TokenKey
from tests import softhsm
from tests.ndaflow.agreements import papers
from trustcenter.vault.clients import awskms
from trustcenter.vault.clients.errors import KeyUnreachable, KeyUnusable


@pytest.fixture(scope="module")
def token():
    label = f"seal-{secrets.token_hex(4)}"
    with softhsm.token(label).open(user_pin=softhsm.PIN, rw=True) as session:
        hidden = {pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.SENSITIVE: True}
        session.generate_keypair(pkcs11.KeyType.RSA, 2048, label="rsa", id=b"1", store=True, private_template=hidden)
        curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        parameters.generate_keypair(label="ec", id=b"2", store=True, private_template=hidden)
    return label


@pytest.fixture
def kms(monkeypatch):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    # A process creates its client once, with the environment of that moment.
    awskms.client.cache_clear()
    yield server
    server.stop()


def kms_key(spec: str, usage: str = "SIGN_VERIFY") -> str:
    import boto3

    return boto3.client("kms").create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


def must_seal(key: keys.SealKey, tmp_path) -> None:
    chain = papers.issued(key)
    pdf = papers.sealed(key, *chain)
    assert verification.verify(pdf, [chain]).level == "B-B"
    said = papers.pdfsig(pdf, tmp_path)
    assert "Signature is Valid" in said and "Total document signed" in said


def named(setting: str, pin: str = softhsm.PIN) -> keys.SealKey:
    return keys.named(setting, default=None, pin=pin)  # type: ignore[arg-type]


def uri(token: str, label: str) -> str:
    return f"pkcs11:token={token};object={label}?module-path={softhsm.MODULE}"


def in_file(path, private) -> FileKey:
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return named(f"file:{path}")


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_key_in_a_file_seals(tmp_path, kind):
    private = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    must_seal(in_file(tmp_path / "key", private), tmp_path)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_key_in_a_token_seals_and_never_leaves_it(tmp_path, token, kind):
    key = named(uri(token, kind))
    assert isinstance(key, TokenKey)
    must_seal(key, tmp_path)


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256"])
def test_key_in_kms_seals(tmp_path, kms, spec):
    key = named(f"awskms:{kms_key(spec)}")
    assert isinstance(key, KMSKey)
    must_seal(key, tmp_path)


@pytest.mark.parametrize(
    "private",
    [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP384R1())],
    ids=["rsa-1024", "p-384"],
)
def test_key_of_another_kind_is_refused(tmp_path, private):
    with pytest.raises(KeyUnusable, match="RSA of 2048"):
        in_file(tmp_path / "key", private).public_key()


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n"])
def test_invalid_key_file_is_refused(tmp_path, content):
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(KeyUnusable, match="not a readable PEM key"):
        FileKey(tmp_path / "key").sign(b"x")


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("hsm", "write file:/path"),
        ("file:relative.key", "write file:/path"),
        ("pkcs11:token=a", "needs token, object and module-path"),
        ("pkcs11:token=a;object=b?module-path=/nowhere.so", "no PKCS#11 module at"),
        (f"pkcs11:token=a;object=b?module-path={softhsm.MODULE}&pin-value=1", "must not contain the PIN"),
        ("awskms:", "written awskms:KEY"),
    ],
)
def test_invalid_setting_is_refused(setting, why):
    with pytest.raises(KeyUnusable, match=why):
        named(setting)


def test_token_without_pin_is_refused():
    with pytest.raises(KeyUnusable, match="SEAL_PIN is not set"):
        named(uri("a", "b"), pin="")


def test_error_of_a_token_names_what_is_missing(token):
    for setting, kind, why in (
        (uri("nowhere", "rsa"), KeyUnreachable, "no token nowhere"),
        (uri(token, "other"), KeyUnusable, "has no public key other"),
    ):
        with pytest.raises(kind, match=why):
            named(setting).public_key()


def test_wrong_pin_is_sent_to_a_token_once(monkeypatch):
    softhsm.token("seal-wrong-pin")
    given = softhsm.logins(monkeypatch)
    key = named(uri("seal-wrong-pin", "rsa"), "0000")
    for _ in range(5):
        with pytest.raises(KeyUnusable, match="does not accept SEAL_PIN") as told:
            key.sign(b"x")
        assert not isinstance(told.value, KeyUnreachable)
    assert given == ["0000"]


def test_error_of_kms_names_what_is_missing(kms):
    with pytest.raises(KeyUnusable, match="cannot get public key"):
        named("awskms:alias/nowhere").public_key()
    with pytest.raises(KeyUnusable, match="RSA of 2048"):
        named(f"awskms:{kms_key('ECC_NIST_P384')}").public_key()


def test_kms_that_does_not_answer_is_reported_as_temporary(monkeypatch, kms):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    awskms.client.cache_clear()
    with pytest.raises(KeyUnreachable, match="does not answer"):
        named("awskms:alias/seal").public_key()


def test_certificate_signing_request_is_signed_with_the_key(token):
    key = named(uri(token, "rsa"))
    asked = x509.load_pem_x509_csr(certificates.request(key, "Example Trust GmbH"))
    assert asked.is_signature_valid
    assert asked.public_key() == key.public_key()
    assert asked.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment
