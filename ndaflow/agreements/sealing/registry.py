"""Compares a file with what the site has on record: the copy's row and the log."""

import hashlib
import json

from cryptography import x509
from django.db.models import QuerySet

from ndaflow.agreements.models import SignedCopy
from ndaflow.agreements.sealing import certificates, custody, verification
from ndaflow.agreements.sealing.certificates import BadCertificate
from ndaflow.agreements.sealing.layout import Flaw
from ndaflow.agreements.sealing.verification import Verdict
from trustcenter.audit.actions import Action
from trustcenter.audit.log import subject_of
from trustcenter.audit.models import Record


def recorded(pdf: bytes) -> tuple[SignedCopy, Verdict]:
    """The copy that the bytes are, when seal, row and log agree to the byte. Raises Flaw.

    A file that is none of our copies is refused even where its seal would pass.
    """
    digest = hashlib.sha256(pdf).hexdigest()
    copy = SignedCopy.objects.select_related("signature__version__agreement", "certificate").filter(sha256=digest)
    found = copy.first()
    chains = custody.published()
    if found is None:
        # Says first what is wrong with the file itself, if anything is.
        verification.verify(pdf, chains, timestamp_roots=custody.timestamp_roots())
        raise Flaw(f"The seal is whole, but no copy on record has the SHA-256 {digest}.")
    verdict = verification.verify(pdf, chains, sha256=found.sha256, timestamp_roots=custody.timestamp_roots())
    if verdict.level != found.level or verdict.fingerprint != found.certificate_id:
        raise Flaw("The level or the certificate is another than on record.")
    told = _told(found)
    if told is not None and told.get("sha256") != digest:
        raise Flaw(f"The log tells of another SHA-256 for this copy: {told.get('sha256')}.")
    if told is None and not _record_of(found).exists():
        raise Flaw("The log has no record of this copy.")
    return found, verdict


def chains_in(pem: bytes) -> list[list[x509.Certificate]]:
    """Every certificate of a published file, each with the issuers that follow it there. Raises Flaw."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise Flaw("The certificates cannot be read; they have to be PEM.") from error
    chains: list[list[x509.Certificate]] = []
    for one in found:
        try:
            certificates.chain_of(certificates.pem_of([*chains[-1], one]).encode())
            chains[-1].append(one)
        except (BadCertificate, IndexError):
            chains.append([one])
    return chains


def _record_of(copy: SignedCopy) -> QuerySet[Record]:
    return Record.objects.filter(action=Action.AGREEMENT_SEALED, subject=subject_of(copy.signature))


def _told(copy: SignedCopy) -> dict[str, str] | None:
    """What the log's record says; None when its detail was erased, or there is none."""
    record = _record_of(copy).select_related("detail").first()
    detail = getattr(record, "detail", None)
    return json.loads(detail.body) if detail is not None else None
