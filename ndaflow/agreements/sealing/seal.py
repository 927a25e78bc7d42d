"""Puts the seal on a PDF (PAdES B-B, or B-T with a timestamp): bytes in, bytes out."""

import asyncio
import io

import pikepdf
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pikepdf import Array, Dictionary, Name
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.metadata.model import DocumentMetadata
from pyhanko.pdf_utils.metadata.xmp_xml import MetadataStream
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ndaflow.agreements.sealing.sealer import Sealer
from ndaflow.agreements.sealing.timestamping import TimestampServer

FIELD, CALLED = "Seal", "The operator's seal"
# The flags of an annotation (ISO 32000-1, 12.5.3).
PRINTED_AND_LOCKED = 4 | 128
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


class _AsPrinted(MetadataStream):
    """The XMP metadata as they were printed. pyHanko would rewrite them, in a form that PDF/A does not accept."""

    def update_xmp_with_meta(self, meta: DocumentMetadata) -> None:
        pass


def _one_revision(pdf: bytes) -> PdfFileWriter:
    """The document rewritten in one revision, so that nothing precedes the sealed one.

    The information dictionary keeps only what the XMP metadata say as well.
    """
    prepared, metadata = _with_field(pdf)
    source = PdfFileReader(prepared)
    writer = copy_into_new_writer(source, {"info": None})
    writer.root[generic.pdf_name("/Metadata")] = writer.add_object(_AsPrinted(stream_data=metadata))
    kept = source.trailer_view["/Info"].get_object()
    words = {key: kept[key] for key in ("/Title", "/Author", "/CreationDate") if key in kept}
    writer.set_info(generic.DictionaryObject({generic.pdf_name(key): value for key, value in words.items()}))
    # WeasyPrint lists each attachment twice.
    attached = {item.reference: item for item in writer.root.get("/AF", ()) and writer.root.raw_get("/AF")}
    if attached:
        writer.root[generic.pdf_name("/AF")] = generic.ArrayObject(attached.values())
    return writer


def _with_field(pdf: bytes) -> tuple[io.BytesIO, bytes]:
    """The document with the seal's empty field and without XMP metadata, and these.

    PDF/A wants the field to be printed, so PDF/UA wants a tag and a name for it, although it covers nothing of the page.
    Object streams are unpacked, because pyHanko reads the index of a stream again for each of its objects: an agreement of
    a few pages has hundreds, and this took a second.
    """
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page, tree = document.pages[0], document.Root.StructTreeRoot
        field = document.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=FIELD, TU=CALLED)
        )
        field.F, field.Rect, field.P = PRINTED_AND_LOCKED, Array([0, 0, 0, 0]), page.obj
        inside = Dictionary(Type=Name.OBJR, Obj=field, Pg=page.obj)
        form = Dictionary(Type=Name.StructElem, S=Name.Form, P=tree.K[0], Pg=page.obj, K=inside)
        form = document.make_indirect(form)
        tree.K[0].K.append(form)
        # The last two entries of the tree of parents are its highest number and what belongs to it.
        field.StructParent = int(tree.ParentTree.Nums[-2]) + 1
        tree.ParentTree.Nums.extend([field.StructParent, form])
        page.Annots, page.Tabs = Array([*page.get("/Annots", []), field]), Name.S
        document.Root.AcroForm = Dictionary(Fields=[field])
        metadata = document.Root.Metadata.read_bytes()
        del document.Root.Metadata
        for stream in document.objects:
            # Validators take a last carriage return for a part of the line's end after it, and so the length for wrong.
            if isinstance(stream, pikepdf.Stream) and stream.read_raw_bytes().endswith(b"\r"):
                stream.write(stream.read_bytes())
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return out, metadata


def as_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
