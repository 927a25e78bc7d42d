"""Puts the seal on a PDF (PAdES B-B, or B-T with a timestamp): bytes in, bytes out."""

import asyncio
import io

import pikepdf
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ndaflow.agreements.sealing.sealer import Sealer
from ndaflow.agreements.sealing.timestamping import TimestampServer

FIELD = "Seal"
# The space for the signature in hex digits. Fixed, because measuring would ask the timestamp server twice.
ROOM, ROOM_WITH_TIMESTAMP = 16_384, 49_152


def seal(pdf: bytes, sealer: Sealer, *, reason: str) -> bytes:
    """The PDF under the operator's seal: certified, no changes allowed, in one revision.

    Raises KeyUnusable and NoTimestamp; it never falls back to a weaker seal.
    """
    described = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
    )
    wanted = sealer.timestamps
    server = TimestampServer(wanted.url, wanted.roots, wanted.seconds) if wanted else None
    signer = signers.PdfSigner(described, signer=_Signer(sealer), timestamper=server)
    out = io.BytesIO()
    asyncio.run(
        signer.async_sign_pdf(_one_revision(pdf), output=out, bytes_reserved=ROOM_WITH_TIMESTAMP if server else ROOM)
    )
    return out.getvalue()


class _Signer(signers.Signer):
    """Lets pyHanko sign with a key that it never holds."""

    def __init__(self, sealer: Sealer) -> None:
        certificates = [as_asn1(one) for one in sealer.chain]
        store = SimpleCertificateStore()
        # pyHanko always embeds the own certificate; if registered, it would be embedded twice.
        store.register_multiple(certificates[1:])
        super().__init__(signing_cert=certificates[0], cert_registry=store)
        self._key = sealer.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if digest_algorithm != "sha256":
            raise ValueError(f"the seal signs SHA-256, not {digest_algorithm}")
        return self._key.sign(data)


def _one_revision(pdf: bytes) -> PdfFileWriter:
    """The document rewritten in one revision, so that nothing precedes the sealed one.

    The information dictionary loses its producer, which would contradict the XMP metadata.
    """
    source = PdfFileReader(_unpacked(pdf))
    writer = copy_into_new_writer(source, {"info": None})
    kept = source.trailer_view["/Info"].get_object()
    words = {key: kept[key] for key in ("/Title", "/Author", "/CreationDate") if key in kept}
    writer.set_info(generic.DictionaryObject({generic.pdf_name(key): value for key, value in words.items()}))
    # WeasyPrint lists each attachment twice.
    attached = {item.reference: item for item in writer.root.get("/AF", ()) and writer.root.raw_get("/AF")}
    if attached:
        writer.root[generic.pdf_name("/AF")] = generic.ArrayObject(attached.values())
    return writer


def _unpacked(pdf: bytes) -> io.BytesIO:
    """The document without object streams, because pyHanko reads the index of a stream again for each of its objects.

    An agreement of a few pages has hundreds of objects, and this took a second.
    """
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out


def as_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
