"""The seal's certificates: the site's own authority, signing requests, chains in files, and what is wrong with them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from asn1crypto import core, csr
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ndaflow.agreements.sealing.keys import PublicKey, SealKey

LIFE, ROOT_LIFE = timedelta(days=3653), timedelta(days=10958)
# Clocks differ: some verifiers would refuse a certificate that starts this second.
BEFORE = timedelta(minutes=10)
# X.520's upper bound for names.
LONGEST_NAME = 64
# RFC 9336 has a purpose for signing documents. NSS, with which poppler's pdfsig checks, does not know it and asks for mail.
PURPOSES = [ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.EMAIL_PROTECTION]


class BadCertificate(Exception):
    """The certificate cannot be used for the seal. The text says why, for the operator."""


def authority(key: rsa.RSAPrivateKey, name: str, now: datetime) -> x509.Certificate:
    """The site's own certificate authority: a root for thirty years, which may issue certificates for signing only.

    A reader who trusts it for signatures does not trust it for web sites: its extended key usage says so.
    """
    subject = _name(name, "agreement seals")
    builder = _certificate(subject, subject, key.public_key(), now, ROOT_LIFE)
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def issued(
    public: PublicKey, name: str, now: datetime, root: x509.Certificate, root_key: rsa.RSAPrivateKey
) -> x509.Certificate:
    """A certificate of the root for signing with non-repudiation, valid for ten years."""
    builder = _certificate(_name(name, "agreement seal"), root.subject, public, now, LIFE)
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )


def request(key: SealKey, name: str) -> bytes:
    """A certificate signing request (PKCS#10, PEM) for a certificate authority, signed by the key."""
    stand_in = _stand_in(key.public_key())
    draft = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_NAME])]))
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .sign(stand_in, hashes.SHA256())
    )
    asked = csr.CertificationRequest.load(draft.public_bytes(serialization.Encoding.DER))
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    asked["certification_request_info"]["subject_pk_info"] = asn1_keys.PublicKeyInfo.load(spki)
    asked["signature"] = core.OctetBitString(key.sign(asked["certification_request_info"].dump(force=True)))
    made = x509.load_der_x509_csr(asked.dump(force=True))
    if not made.is_signature_valid:
        raise BadCertificate("the key signed other bytes than it was given")
    return made.public_bytes(serialization.Encoding.PEM)


def chain_of(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM text, the seal's own first, its issuers after it. Raises BadCertificate."""
    try:
        chain = x509.load_pem_x509_certificates(pem)
    except (ValueError, TypeError) as error:
        raise BadCertificate(f"this is not a PEM chain with the seal's certificate first: {error}") from error
    if not all(is_issued_by(lower, upper) for lower, upper in pairwise(chain)):
        raise BadCertificate("a certificate of the chain was not issued by the one after it")
    return chain


def is_issued_by(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    try:
        lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether the certificate may issue others."""
    try:
        extensions = certificate.extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        return usage.key_cert_sign and extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def flaws(chain: Sequence[x509.Certificate], public: PublicKey, now: datetime) -> list[str]:
    """Why a chain cannot be used for a key at an instant; empty if it can."""
    own = chain[0]
    found = []
    if _bytes(own.public_key()) != _bytes(public):
        found.append("the certificate belongs to another key")
    if now < own.not_valid_before_utc:
        found.append(f"the certificate is not valid before {own.not_valid_before_utc:%Y-%m-%d %H:%M} UTC")
    if now > own.not_valid_after_utc:
        found.append(f"the certificate ended on {own.not_valid_after_utc:%Y-%m-%d}")
    try:
        usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.content_commitment:
            found.append("the certificate is not for non-repudiation (key usage)")
    except x509.ExtensionNotFound:
        found.append("the certificate does not say what its key may be used for (key usage)")
    return found


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER bytes, lower-case hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def pem_of(chain: Sequence[x509.Certificate]) -> str:
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in chain)


def described(certificate: x509.Certificate, what: str) -> str:
    """The certificate as PEM, after comment lines for the person who compares it."""
    ends = f"ends {certificate.not_valid_after_utc:%Y-%m-%d}"
    lines = (subject_of(certificate), f"SHA-256 {fingerprint(certificate)}", what, ends)
    return "".join(f"# {line}\n" for line in lines) + pem_of([certificate])


def common_name(certificate: x509.Certificate) -> str:
    """The common name of the holder, or the whole subject if it has none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else subject_of(certificate)


def subject_of(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def _name(name: str, purpose: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:LONGEST_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{name[: LONGEST_NAME - 20]} ({purpose})"),
        ]
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: PublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    """What the root and its certificates have in common."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.ExtendedKeyUsage(PURPOSES), critical=False)
    )


def _usage(
    *, digital_signature: bool = False, content_commitment: bool = False, key_cert_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _stand_in(public: PublicKey) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if isinstance(public, rsa.RSAPublicKey):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _bytes(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
