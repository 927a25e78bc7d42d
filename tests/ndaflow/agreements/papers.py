"""Small sealed PDFs, and the output of other tools for them."""

import io
import subprocess
from datetime import datetime
from pathlib import Path

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from ndaflow.agreements.models import Signature
from ndaflow.agreements.sealing import certificates, seal
from ndaflow.agreements.sealing.keys import SealKey
from ndaflow.agreements.sealing.sealer import Sealer, Timestamps
from trustcenter.web import printing
from trustcenter.work.models import Mail

PAGE = '<html lang="en"><head><title>A paper</title></head><body><h1>A paper</h1><p>Its words.</p></body></html>'


def paper() -> bytes:
    return printing.archival_pdf(PAGE, "")[0]


def sealed(key: SealKey, *chain: x509.Certificate, server: Timestamps | None = None) -> bytes:
    sealer = Sealer(key=key, chain=chain, timestamps=server)
    return seal.seal(paper(), sealer, reason="a test")


def issued(key: SealKey, name: str = "Example Trust GmbH", now: datetime | None = None) -> list[x509.Certificate]:
    """A certificate for the key and the root that issued it, as a site makes them."""
    now = now or timezone.now()
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    root = certificates.authority(root_key, name, now)
    return [certificates.issued(key.public_key(), name, now, root, root_key), root]


def pdfsig(pdf: bytes, folder: Path, *options: str) -> str:
    """The output of poppler's pdfsig, whose exit code is always 0."""
    path = folder / "seen-by-pdfsig.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdfsig", *options, str(path)], capture_output=True, text=True, check=False).stdout


def mails_with(signature: Signature) -> list[Mail]:
    """The mails that have the sealed copy of this signature attached."""
    return [mail for mail in Mail.objects.all() if ["signed_copy", signature.pk] in mail.attachments]


def enclosed(pdf: bytes, name: str) -> bytes:
    """The bytes of a file inside a PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return opened.attachments[name].get_file().read_bytes()
