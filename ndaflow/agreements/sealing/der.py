"""The one encoding of a signature that we write and accept (CMS, RFC 5652, in DER).

A signature does not cover the structure around what it signs, and most of that has several encodings: an algorithm
without parameters or under another name, a set in another order, a name in capitals. Encoding it again from the signed
parts leaves one.
"""

from collections.abc import Sequence

from asn1crypto import algos, cms
from asn1crypto import x509 as asn1
from pyhanko_certvalidator.path import ValidationPath


def plain_timestamp(signed: cms.SignedData, own: asn1.Certificate, path: ValidationPath) -> cms.ContentInfo:
    """A timestamp with its authority's certificate and the issuers above it, without the root, which verifiers have."""
    top, *below = path.iter_certs(include_root=True)
    # The certificates must be the same whether a verifier trusts the issuer or the root above it.
    issuers = below if top.self_issued else [top, *below]
    return plain_signature(signed, [own, *(one for one in issuers if one.dump() != own.dump())])


def plain_signature(
    signed: cms.SignedData, certificates: Sequence[asn1.Certificate], token: cms.ContentInfo | None = None
) -> cms.ContentInfo:
    """A signature by the first certificate, with all certificates and the timestamp, if there is one."""
    only, own = signed["signer_infos"][0], certificates[0]
    digest = algos.DigestAlgorithm({"algorithm": only["digest_algorithm"]["algorithm"].native})
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}}
        ),
        "digest_algorithm": digest,
        # In the order in which they were signed.
        "signed_attrs": cms.CMSAttributes(contents=only["signed_attrs"].contents),
        "signature_algorithm": _algorithm(only),
        "signature": only["signature"].native,
    }
    if token is not None:
        signer["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": [token]}]
    content, stamped = {"content_type": "data"}, signed["encap_content_info"]
    if stamped["content_type"].native == "tst_info":
        content = {"content_type": "tst_info", "content": cms.ParsableOctetString(bytes(stamped["content"]))}
    again = {
        # RFC 5652, 5.1.
        "version": "v3" if "content" in content else "v1",
        "digest_algorithms": [digest],
        "encap_content_info": content,
        "certificates": [cms.CertificateChoices("certificate", _certificate(one)) for one in certificates],
        "signer_infos": [cms.SignerInfo(signer)],
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(again)})


def _algorithm(only: cms.SignerInfo) -> algos.SignedDigestAlgorithm:
    found, digest = only["signature_algorithm"], only["digest_algorithm"]["algorithm"].native
    name, given = found["algorithm"].native, found["parameters"]
    if name == "rsassa_pss":
        hashed, masked = given["hash_algorithm"]["algorithm"], given["mask_gen_algorithm"]["parameters"]["algorithm"]
        parameters = {
            "hash_algorithm": {"algorithm": hashed.native},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": masked.native}},
            "salt_length": given["salt_length"].native,
        }
        return algos.SignedDigestAlgorithm({"algorithm": name, "parameters": algos.RSASSAPSSParams(parameters)})
    # The same algorithm has a name with its digest and one without. If the signed attributes name the algorithm
    # (RFC 6211), the name is signed.
    protected = any(one["type"].native == "cms_algorithm_protection" for one in only["signed_attrs"])
    if name == "rsassa_pkcs1v15" and not protected:
        name = f"{digest}_rsa"
    return algos.SignedDigestAlgorithm({"algorithm": name})


def _certificate(one: asn1.Certificate) -> asn1.Certificate:
    """The certificate with its algorithm as in its signed part (RFC 5280, 4.1.1.2)."""
    return asn1.Certificate(
        {
            "tbs_certificate": one["tbs_certificate"],
            "signature_algorithm": one["tbs_certificate"]["signature"],
            "signature_value": one["signature_value"].native,
        }
    )
