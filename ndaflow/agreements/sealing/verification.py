"""Checks a sealed copy against published certificates: the whole file, its layout, the signature, the timestamp.

It needs neither the site nor its database.
"""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import (
    PdfSignatureStatus,
    SignatureCoverageLevel,
    TimestampSignatureStatus,
)
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from ndaflow.agreements.sealing import layout
from ndaflow.agreements.sealing.certificates import fingerprint, is_authority, is_issued_by
from ndaflow.agreements.sealing.der import plain_signature, plain_timestamp
from ndaflow.agreements.sealing.layout import Blob, Flaw
from ndaflow.agreements.sealing.seal import as_asn1

__all__ = ["Flaw", "Verdict", "verify"]

LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a valid seal says. `at` is the timestamp's time (B-T) or the operator's own clock (B-B)."""

    level: str
    at: datetime
    sha256: str
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.certificate)


def verify(
    pdf: bytes,
    chains: Sequence[Sequence[x509.Certificate]],
    *,
    sha256: str | None = None,
    timestamp_roots: Sequence[x509.Certificate] = (),
) -> Verdict:
    """Checks that the bytes are exactly a copy sealed with one of these certificates. Raises Flaw.

    `chains` are published certificates, each with its issuers after it: the seal's certificate must be one of them, byte
    for byte. An authority's certificate without another before it is trusted for what it issued. `sha256` is the digest on record, which is compared first. `timestamp_roots`
    are the roots of trusted timestamps; an authority whose certificate had ended at that time is not trusted.
    """
    digest = hashlib.sha256(pdf).hexdigest()
    if sha256 is not None and digest != sha256.lower():
        raise Flaw(f"The file's SHA-256 is {digest}, the one on record is {sha256}.")
    if len(pdf) > LARGEST:
        raise Flaw("The file is far larger than any sealed copy.")
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        seal = layout.only_seal(reader)
        blob = layout.blob_of(pdf, seal)
        chain = _chain(seal, blob)
        root = _published(chain, chains)
        status = asyncio.run(_status(seal, blob, chain, timestamp_roots))
        _must_be_whole(seal, status)
        at = _moment(seal, status, blob, chain[0])
        if root is not None:
            asyncio.run(_must_lead_to(root, chain, at))
    except Flaw:
        raise
    except PdfError as error:
        raise Flaw("The file cannot be read as a PDF.") from error
    except Exception as error:
        # A forged file may break a parser anywhere; then it is not one of our copies.
        raise Flaw(f"The seal cannot be checked ({type(error).__name__}).") from error
    return Verdict(level="B-T" if blob.token is not None else "B-B", at=at, sha256=digest, certificate=chain[0])


def _chain(seal: EmbeddedPdfSignature, blob: Blob) -> list[x509.Certificate]:
    """The seal's certificate and its issuers, each signed by the next. The file may hold nothing else, in one encoding."""
    own, *rest = map(_as_x509, [seal.signer_cert, *layout.embedded(blob.signed)])
    rest.remove(own)
    chain = [own]
    while rest:
        issuer = next((one for one in rest if is_issued_by(chain[-1], one)), None)
        if issuer is None or issuer in chain:
            raise Flaw("The signature contains other certificates than the seal's and its issuers'.")
        rest.remove(issuer)
        chain.append(issuer)
    if plain_signature(blob.signed, [as_asn1(one) for one in chain], blob.token).dump() != blob.data:
        raise Flaw("The signature is encoded in another way than it was made.")
    return chain


def _published(
    chain: list[x509.Certificate], published: Sequence[Sequence[x509.Certificate]]
) -> x509.Certificate | None:
    """The published authority above the chain, or None if the seal's certificate is published itself. Raises Flaw."""
    own, top = chain[0], chain[-1]
    known = [each for each in published if each and each[0] == own]
    # A certificate that is published alone says nothing of its issuers: then they must sign one another to the root.
    if any(list(each) == chain or (len(each) == 1 and is_issued_by(top, top)) for each in known):
        return None
    if known:
        raise Flaw("The signature contains other certificates than the published ones.")
    alone = (each[0] for each in published if len(each) == 1 and is_authority(each[0]))
    root = next((one for one in alone if one == top or is_issued_by(top, one)), None)
    if root is None:
        raise Flaw("The seal was not made with a certificate that this site has published.")
    return root


async def _must_lead_to(root: x509.Certificate, chain: Sequence[x509.Certificate], at: datetime) -> None:
    """Checks that the root stood behind the seal's certificate at that time (RFC 5280, 6)."""
    own, *issuers = map(as_asn1, chain)
    trusting = ValidationContext(trust_roots=[as_asn1(root)], other_certs=issuers, moment=at, allow_fetching=False)
    try:
        await CertificateValidator(own, issuers, validation_context=trusting).async_validate_usage({"non_repudiation"})
    except (PathError, ValidationError) as error:
        raise Flaw("The authority did not issue the seal's certificate for sealing.") from error


def _as_x509(certificate: asn1.Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())


async def _status(
    seal: EmbeddedPdfSignature,
    blob: Blob,
    chain: Sequence[x509.Certificate],
    timestamp_roots: Sequence[x509.Certificate],
) -> PdfSignatureStatus:
    def trusting(roots: Sequence[x509.Certificate], at: datetime | None = None) -> ValidationContext:
        # No fetching: an answer could differ tomorrow.
        return ValidationContext(trust_roots=[as_asn1(one) for one in roots], moment=at, allow_fetching=False)

    # Copies outlive the certificates of timestamp authorities, which end after some years. The certificate must have
    # been valid when it signed.
    stamped = blob.token and blob.token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    return await async_validate_pdf_signature(
        seal,
        signer_validation_context=trusting([chain[0]]),
        ts_validation_context=trusting(timestamp_roots, stamped),
    )


def _must_be_whole(seal: EmbeddedPdfSignature, status: PdfSignatureStatus) -> None:
    if not (status.intact and status.valid):
        raise Flaw("The signature does not match the file: the file was changed.")
    if not status.trusted:
        raise Flaw("The seal's certificate is not valid.")
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        raise Flaw("The signature does not cover the whole file.")
    if seal.docmdp_level != MDPPerm.NO_CHANGES or not status.docmdp_ok:
        raise Flaw("The seal does not forbid changes.")
    if status.md_algorithm != layout.SHA256:
        raise Flaw("The signature does not use SHA-256.")
    token = status.timestamp_validity
    if token is not None and not (token.intact and token.valid and token.trusted):
        raise Flaw("The timestamp is not valid, or not from a trusted timestamp authority.")
    if not status.bottom_line:
        raise Flaw("The seal is not valid.")


def _moment(
    seal: EmbeddedPdfSignature, status: PdfSignatureStatus, blob: Blob, certificate: x509.Certificate
) -> datetime:
    if blob.token is not None:
        if status.timestamp_validity is None:
            raise Flaw("The timestamp cannot be read.")
        at = status.timestamp_validity.timestamp
        _token_must_be_plain(blob.token, status.timestamp_validity)
    else:
        claimed = seal.self_reported_timestamp
        if claimed is None:
            raise Flaw("The seal has no time.")
        at = claimed
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise Flaw("The seal was made while its certificate was not valid.")
    return at


def _token_must_be_plain(token: cms.ContentInfo, found: TimestampSignatureStatus) -> None:
    path = found.validation_path
    if path is None or plain_timestamp(token["content"], found.signing_cert, path).dump() != token.dump():
        raise Flaw("The timestamp is encoded in another way than it was made, or contains more than it needs.")
