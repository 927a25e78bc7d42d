"""The layout of a sealed file: the bytes that no signature covers must have exactly one form."""

from dataclasses import dataclass

from asn1crypto import cms
from asn1crypto import x509 as asn1
from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

SHA256 = "sha256"
# What sealing writes for an RSA key and for one on P-256.
KINDS = {"sha256_rsa", "sha256_ecdsa"}
CADES = "/ETSI.CAdES.detached"


class Flaw(Exception):
    """What is wrong with the file, as a sentence."""


@dataclass(frozen=True)
class Blob:
    """The seal's signature in the file: the only bytes that it does not cover."""

    data: bytes
    signed: cms.SignedData
    signer: cms.SignerInfo
    token: cms.ContentInfo | None


def blob_of(pdf: bytes, seal: EmbeddedPdfSignature) -> Blob:
    """The signature, after a check of every byte around it. Raises Flaw."""
    byte_range = [int(number) for number in seal.byte_range]
    if len(byte_range) != 4 or byte_range[0] != 0:
        raise Flaw("The signature does not cover the file from its first byte.")
    _, gap, after, rest = byte_range
    if not 0 < gap < after or after + rest != len(pdf):
        raise Flaw("The signature does not cover the file to its last byte.")
    if not pdf.startswith(b"%PDF-") or not pdf.rstrip(b"\n").endswith(b"%%EOF"):
        raise Flaw("The file does not begin and end like a PDF.")
    hole = pdf[gap:after]
    data = bytes(seal.pkcs7_content)
    if hole[:1] != b"<" or hole[-1:] != b">":
        raise Flaw("There is something other than the signature between the signed parts.")
    # The reader strips the padding zeros, and accepts lower-case digits.
    length = _length(data)
    if hole[1:-1] != data[:length].hex().upper().encode().ljust(after - gap - 2, b"0"):
        raise Flaw("The padding of the signature holds something other than zeros.")
    return _read(data[:length])


def _length(data: bytes) -> int:
    """The length of the outermost DER element of `data`, header included."""
    if len(data) < 4 or data[0] != 0x30 or data[1] != 0x82:
        raise Flaw("The signature is not written in DER.")
    length = 4 + int.from_bytes(data[2:4])
    if length > len(data):
        raise Flaw("The signature is cut off.")
    return length


def _read(data: bytes) -> Blob:
    try:
        content = cms.ContentInfo.load(data, strict=True)
        signed = content["content"]
        if content["content_type"].native != "signed_data":
            raise Flaw("The signature is not a CMS signature.")
        only = only_signer(signed)
        token = _token(only)
    except Flaw:
        raise
    except Exception as error:
        raise Flaw("The signature cannot be read.") from error
    digest, kind = (only[which]["algorithm"].native for which in ("digest_algorithm", "signature_algorithm"))
    if digest != SHA256 or kind not in KINDS:
        raise Flaw("The signature is of a kind that this site does not make.")
    return Blob(data, signed, only, token)


def only_signer(signed: cms.SignedData) -> cms.SignerInfo:
    if len(signed["signer_infos"]) != 1:
        raise Flaw("A signature does not have exactly one signer.")
    return signed["signer_infos"][0]


def _token(signer: cms.SignerInfo) -> cms.ContentInfo | None:
    """The timestamp, the only unsigned attribute that is allowed."""
    attributes = signer["unsigned_attrs"]
    if not isinstance(attributes, cms.CMSAttributes):
        return None
    if [one["type"].native for one in attributes] != ["signature_time_stamp_token"] or len(
        attributes[0]["values"]
    ) != 1:
        raise Flaw("The signature carries something other than one timestamp.")
    return attributes[0]["values"][0]


def embedded(signed: cms.SignedData) -> list[asn1.Certificate]:
    """The certificates in a signature."""
    if not isinstance(signed["certificates"], cms.CertificateSet):
        return []
    return [choice.chosen for choice in signed["certificates"]]


def only_seal(reader: PdfFileReader) -> EmbeddedPdfSignature:
    """The only signature of the file, which certifies it without changes, in one revision. Raises Flaw."""
    if reader.encrypted:
        raise Flaw("The file is encrypted; sealed copies never are.")
    found = list(reader.embedded_signatures)
    if len(found) != 1:
        raise Flaw(f"The file has {len(found)} signatures; a sealed copy has exactly one.")
    if reader.xrefs.total_revisions != 1 or reader.xrefs.hybrid_xrefs_present:
        raise Flaw("The file was changed after it was written; a sealed copy has one revision.")
    seal: EmbeddedPdfSignature = found[0]
    if seal.sig_object.get("/SubFilter") != CADES or seal.sig_object.get("/Type") != "/Sig":
        raise Flaw("The signature is not a PAdES signature.")
    try:
        certifying = reader.root["/Perms"].raw_get("/DocMDP")
    except (KeyError, misc.PdfReadError):
        certifying = None
    if not isinstance(certifying, generic.IndirectObject) or certifying.reference != seal.sig_object.container_ref:
        raise Flaw("The signature does not certify the file.")
    return seal
