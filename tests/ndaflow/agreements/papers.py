"""Small sealed PDFs, and the output of other tools for them."""

import subprocess
from pathlib import Path

from cryptography import x509

from ndaflow.agreements.models import Signature
from ndaflow.agreements.sealing import seal
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


def pdfsig(pdf: bytes, folder: Path) -> str:
    """The output of poppler's pdfsig, whose exit code is always 0."""
    path = folder / "seen-by-pdfsig.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout


def mails_with(signature: Signature) -> list[Mail]:
    """The mails that have the sealed copy of this signature attached."""
    return [mail for mail in Mail.objects.all() if ["signed_copy", signature.pk] in mail.attachments]
