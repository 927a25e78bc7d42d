"""Compares a file with the copies on record: their rows and the log."""

import hashlib
import json

from cryptography import x509
from django.db.models import QuerySet

from ndaflow.agreements.models import SignedCopy
from ndaflow.agreements.sealing import certificates, custody, verification
from ndaflow.agreements.sealing.layout import Flaw
from ndaflow.agreements.sealing.verification import Verdict
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.text import subject_of


def recorded(pdf: bytes) -> tuple[SignedCopy, Verdict]:
    """The copy that these bytes are, if seal, row and log agree. Raises Flaw.

    A file that is not on record is refused even if its seal is valid.
    """
    digest = hashlib.sha256(pdf).hexdigest()
    copy = SignedCopy.objects.select_related("signature__version__agreement", "certificate").filter(sha256=digest)
    found = copy.first()
    chains = custody.published()
    if found is None:
        # What is wrong with the file itself comes first.
        verification.verify(pdf, chains, timestamp_roots=custody.timestamp_roots())
        raise Flaw(f"The seal is valid, but no copy on record has the SHA-256 {digest}.")
    verdict = verification.verify(pdf, chains, sha256=found.sha256, timestamp_roots=custody.timestamp_roots())
    if verdict.level != found.level or verdict.fingerprint != found.certificate_id:
        raise Flaw("The level or the certificate differs from the record.")
    detail = _recorded_detail(found)
    if detail is not None and detail.get("sha256") != digest:
        raise Flaw(f"The log has another SHA-256 for this copy: {detail.get('sha256')}.")
    if detail is None and not _record_of(found).exists():
        raise Flaw("The log has no record of this copy.")
    return found, verdict


def chains_in(pem: bytes) -> list[list[x509.Certificate]]:
    """Every certificate of a published file, each with the issuers that follow it there. Raises Flaw.

    An authority that follows no certificate of its own stands alone, and is trusted for all that it issued.
    """
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise Flaw("The certificates cannot be read. They must be PEM.") from error
    chains: list[list[x509.Certificate]] = []
    for one in found:
        if chains and certificates.is_issued_by(chains[-1][-1], one):
            chains[-1].append(one)
        else:
            chains.append([one])
    return chains


def _record_of(copy: SignedCopy) -> QuerySet[Record]:
    return Record.objects.filter(action=Action.AGREEMENT_SEALED, subject=subject_of(copy.signature))


def _recorded_detail(copy: SignedCopy) -> dict[str, str] | None:
    """The detail of the log's record; None if it was erased or there is no record."""
    record = _record_of(copy).select_related("detail").first()
    detail = getattr(record, "detail", None)
    return json.loads(detail.body) if detail is not None else None
