"""What our verifier refuses with only the file and the certificates, compared with pdfsig and pyHanko."""

import hashlib
import io
import itertools
import random
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.utils import timezone
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from ndaflow.agreements.sealing import certificates, seal, verification
from ndaflow.agreements.sealing.layout import Flaw
from ndaflow.agreements.sealing.sealer import Sealer, Timestamps
from tests.ndaflow.agreements import authority, papers
from tests.ndaflow.agreements.test_seal_keys import in_file

OPEN = b"/Contents <"


@pytest.fixture(scope="module")
def pdf(key, chain):
    return papers.sealed(key, *chain)


@pytest.fixture(scope="module")
def stamped(key, chain, tsa):
    with authority.serving(tsa) as server:
        return papers.sealed(key, *chain, server=Timestamps(server.url, [tsa.root]))


@pytest.fixture(scope="module")
def ec_chain(tmp_path_factory):
    """An EC key and its certificate, issued by an authority."""
    key = in_file(tmp_path_factory.mktemp("ec") / "key", ec.generate_private_key(ec.SECP256R1()))
    root_key = rsa.generate_private_key(65537, 2048)
    root = authority._certificate("An authority", root_key, None, root_key)
    return key, [_issued(key, root, root_key), root]


@pytest.fixture(scope="module")
def chained(ec_chain):
    key, chain = ec_chain
    return papers.sealed(key, *chain)


@pytest.fixture
def refused(chain, ec_chain, tsa):
    """The reason why a file is refused, or nothing."""

    def check(pdf: bytes, *, sha256: str | None = None) -> str:
        try:
            verification.verify(pdf, [chain, ec_chain[1]], sha256=sha256, timestamp_roots=[tsa.root])
        except Flaw as flaw:
            return str(flaw)
        return ""

    return check


def hole(pdf: bytes) -> tuple[int, int]:
    """The offset of the signature's hex digits, and the number of bytes they encode."""
    start = pdf.index(OPEN) + len(OPEN)
    return start, 4 + int(pdf[start + 4 : start + 8], 16)


def blob_in(pdf: bytes) -> bytes:
    start, length = hole(pdf)
    return bytes.fromhex(pdf[start : start + 2 * length].decode())


def with_blob(pdf: bytes, blob: bytes) -> bytes:
    start, _ = hole(pdf)
    return pdf[:start] + blob.hex().upper().encode() + pdf[start + 2 * len(blob) :]


def changed(data: bytes, place: int, mask: int) -> bytes:
    return data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]


def pyhanko_says(pdf: bytes, certificate: x509.Certificate):
    """pyHanko's own verdict, without our rules."""
    trusting = ValidationContext(trust_roots=[seal.as_asn1(certificate)], allow_fetching=False)
    return validate_pdf_signature(PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0], trusting)


def test_unchanged_file_passes_here_in_pyhanko_and_in_pdfsig(pdf, certificate, refused, tmp_path):
    assert not refused(pdf, sha256=hashlib.sha256(pdf).hexdigest())
    other = pyhanko_says(pdf, certificate)
    assert other.bottom_line and other.coverage.name == "ENTIRE_FILE" and other.docmdp_ok
    said = papers.pdfsig(pdf, tmp_path)
    assert "Signature is Valid" in said and "Total document signed" in said and "ETSI.CAdES.detached" in said
    assert said.count("Signature #") == 1


def test_each_of_eighty_changed_bytes_is_refused_without_the_digest(pdf, refused):
    chance = random.Random(20261124)
    slipped = []
    for _ in range(80):
        place, mask = chance.randrange(len(pdf)), chance.randrange(1, 256)
        if not refused(changed(pdf, place, mask)):
            slipped.append((place, mask))
    assert not slipped


@pytest.mark.parametrize(("which", "times"), [("pdf", 30), ("stamped", 15)])
def test_changed_bytes_of_the_signature_are_refused_without_the_digest(request, which, times, refused):
    """No signature covers these bytes, so libraries may overlook some of them."""
    whole = request.getfixturevalue(which)
    blob, chance = blob_in(whole), random.Random(4)
    assert not refused(with_blob(whole, blob))
    slipped = []
    for _ in range(times):
        place, mask = chance.randrange(len(blob)), chance.choice([1, 0x20, 0x80])
        if not refused(with_blob(whole, changed(blob, place, mask))):
            slipped.append((place, mask))
    assert not slipped


def test_appended_byte_is_refused_although_other_tools_accept_it(pdf, certificate, refused, tmp_path):
    longer = pdf + b"\n"
    assert pyhanko_says(longer, certificate).bottom_line
    assert "Signature is Valid" in papers.pdfsig(longer, tmp_path)
    assert "last byte" in refused(longer)
    assert "SHA-256" in refused(longer, sha256=hashlib.sha256(pdf).hexdigest())


def test_other_encodings_of_the_signature_are_refused_although_other_tools_accept_them(pdf, certificate, refused):
    start, length = hole(pdf)
    digits = pdf[start : start + 2 * length]
    # The issuer's name is in the certificate, twice in its issuer's, and then in the signature's signer identifier.
    name = certificate.issuer.public_bytes()
    place = [found.end() for found in re.finditer(re.escape(name), blob_in(pdf))][3] - 2
    encodings = {
        "small letters": pdf[:start] + digits.lower() + pdf[start + 2 * length :],
        "padding": changed(pdf, start + 2 * length + 40, 1),
        "name in capitals": with_blob(pdf, changed(blob_in(pdf), place, 0x20)),
    }
    for what, other in encodings.items():
        assert pyhanko_says(other, certificate).bottom_line, what
        assert refused(other), what


@pytest.mark.parametrize("which", ["pdf", "chained", "stamped"])
def test_algorithms_have_one_encoding(request, which, refused):
    """One changed digit names an equivalent algorithm, and other tools ignore the parameters."""
    whole = request.getfixturevalue(which)
    others = {what: with_blob(whole, blob) for what, blob in _reencoded(blob_in(whole))}
    assert len(others) == {"pdf": 4, "chained": 3, "stamped": 8}[which]
    for what, other in others.items():
        assert refused(other), what


@pytest.mark.parametrize("which", ["chained", "stamped"])
def test_certificates_have_a_fixed_order(request, which, refused):
    whole = request.getfixturevalue(which)
    blob = blob_in(whole)
    for signed in _signatures(cms.ContentInfo.load(blob)):
        brought = [one.dump() for one in signed["certificates"]]
        assert blob.count(b"".join(brought)) == 1
        if len(brought) > 1:
            other = blob.replace(b"".join(brought), b"".join(reversed(brought)))
            assert "another way" in refused(with_blob(whole, other))


def _reencoded(blob: bytes) -> Iterator[tuple[str, bytes]]:
    """The signature with each of its algorithms and its timestamp's algorithms encoded in another way."""
    places = ("digest_algorithms", "digest_algorithm", "signature_algorithm")
    which = range(len(_signatures(cms.ContentInfo.load(blob))))
    for at, place, change in itertools.product(which, places, (_other_parameters, _other_name)):
        content = cms.ContentInfo.load(blob)
        change(_algorithm(_signatures(content)[at], place))
        if content.dump() != blob:
            yield f"{change.__name__} in {place} {at}", content.dump()


def _other_parameters(algorithm: core.Sequence) -> None:
    if algorithm["parameters"].dump():
        del algorithm["parameters"]
    else:
        algorithm["parameters"] = core.Null()


def _other_name(algorithm: core.Sequence) -> None:
    if algorithm["algorithm"].native == "sha256_rsa":
        algorithm["algorithm"] = "rsassa_pkcs1v15"


def _signatures(content: cms.ContentInfo) -> list[cms.SignedData]:
    """The signature of the seal and that of its timestamp."""
    outer = content["content"]
    unsigned = outer["signer_infos"][0]["unsigned_attrs"]
    return [outer, *(one["values"][0]["content"] for one in unsigned if isinstance(unsigned, cms.CMSAttributes))]


def _algorithm(signed: cms.SignedData, place: str) -> core.Sequence:
    return signed[place][0] if place == "digest_algorithms" else signed["signer_infos"][0][place]


def test_each_changed_byte_of_the_padding_is_refused(pdf, refused):
    start, length = hole(pdf)
    end = pdf.index(b">", start)
    for place in (start + 2 * length, (start + 2 * length + end) // 2, end - 1):
        assert "zeros" in refused(changed(pdf, place, 1))


def test_file_with_a_later_revision_is_refused(pdf, refused):
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root["/Lang"] = writer.root["/Lang"]
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert "one revision" in refused(out.getvalue())


def test_file_with_a_second_signature_is_refused(pdf, key, certificate, refused):
    writer = IncrementalPdfFileWriter(io.BytesIO(papers.paper()))
    signer = seal._Signer(Sealer(key=key, chain=[certificate]))
    first = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="A", md_algorithm="sha256"), signer)
    again = IncrementalPdfFileWriter(first)
    twice = signers.sign_pdf(again, signers.PdfSignatureMetadata(field_name="B", md_algorithm="sha256"), signer)
    assert "2 signatures" in refused(twice.getvalue())


def test_seal_that_does_not_certify_is_refused(key, certificate, refused):
    writer = seal._one_revision(papers.paper())
    described = signers.PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sha256", subfilter=seal.SigSeedSubFilter.PADES
    )
    weaker = signers.sign_pdf(writer, described, seal._Signer(Sealer(key=key, chain=[certificate])))
    assert "does not certify" in refused(weaker.getvalue())


def test_seal_of_another_key_is_refused_even_with_our_name(key, pdf, refused, tmp_path):
    forged = in_file(tmp_path / "key", rsa.generate_private_key(65537, 2048))
    same_names = papers.issued(forged)
    assert "certificate that this site has published" in refused(papers.sealed(forged, *same_names))


def test_former_certificate_stays_valid_beside_the_new_one(pdf, key, chain):
    newer = papers.issued(key, "Example Trust AG")
    assert verification.verify(pdf, [newer, chain]).certificate == chain[0]


def test_timestamp_is_valid_if_its_issuer_is_trusted_too(stamped, chain, tsa):
    for roots in ([tsa.issuer], [tsa.issuer, tsa.root], [tsa.root, tsa.issuer]):
        assert verification.verify(stamped, [chain], timestamp_roots=roots).level == "B-T"


def test_timestamp_is_valid_after_its_authority_expired(stamped, refused, monkeypatch):
    authority.clock(monkeypatch, authority.LIFE * 2)
    assert not refused(stamped)


@pytest.mark.parametrize("days", [-4000, 4000])
def test_seal_outside_its_certificate_s_validity_is_refused(key, days):
    late = papers.issued(key, now=timezone.now() + timedelta(days=days))
    for trusted in (late, late[:1], late[1:]):
        with pytest.raises(Flaw, match="while its certificate was not valid"):
            verification.verify(papers.sealed(key, *late), [trusted])


@pytest.mark.parametrize("which", ["pdf", "chained"])
def test_chain_leaf_or_root_is_enough_to_trust(request, which, chain, ec_chain):
    whole = request.getfixturevalue(which)
    own, root = chain if which == "pdf" else ec_chain[1]
    for trusted in ([own, root], [own], [root]):
        assert verification.verify(whole, [trusted]).fingerprint == certificates.fingerprint(own)


def test_seal_without_its_root_is_accepted_by_the_root(key, chain):
    assert verification.verify(papers.sealed(key, chain[0]), [[chain[1]]]).certificate == chain[0]


def test_chain_other_than_the_published_one_is_refused(key, chain, pdf):
    other = papers.issued(key)[1]
    with pytest.raises(Flaw, match="other certificates than the published ones"):
        verification.verify(pdf, [[chain[0], other]])
    for surplus in ([*chain, other], [chain[0], other]):
        with pytest.raises(Flaw, match="other certificates than the seal's"):
            verification.verify(papers.sealed(key, *surplus), [chain, [chain[0]], [chain[1]]])


def test_root_in_a_published_chain_vouches_for_that_chain_only(key, chain):
    """A commercial authority in an operator's chain has issued certificates to many others."""
    root_key = rsa.generate_private_key(65537, 2048)
    root = certificates.authority(root_key, "An authority", timezone.now())
    ours, theirs = (
        certificates.issued(key.public_key(), name, timezone.now(), root, root_key) for name in ("Ours", "Theirs")
    )
    assert verification.verify(papers.sealed(key, ours, root), [[ours, root]]).certificate == ours
    with pytest.raises(Flaw, match="certificate that this site has published"):
        verification.verify(papers.sealed(key, theirs, root), [[ours, root]])


@pytest.mark.parametrize(
    "value",
    [x509.BasicConstraints(ca=False, path_length=None), certificates._usage(digital_signature=True)],
    ids=["no authority", "for other uses"],
)
def test_root_that_may_not_issue_is_no_root(key, value):
    root_key = rsa.generate_private_key(65537, 2048)
    whole = certificates.authority(root_key, "An authority", timezone.now())
    builder = x509.CertificateBuilder().subject_name(whole.subject).issuer_name(whole.subject).serial_number(1)
    builder = builder.public_key(root_key.public_key())
    builder = builder.not_valid_before(whole.not_valid_before_utc).not_valid_after(whole.not_valid_after_utc)
    for each in whole.extensions:
        builder = builder.add_extension(value if type(each.value) is type(value) else each.value, each.critical)
    root = builder.sign(root_key, hashes.SHA256())
    own = certificates.issued(key.public_key(), "Example Trust GmbH", timezone.now(), root, root_key)
    with pytest.raises(Flaw, match="has published"):
        verification.verify(papers.sealed(key, own, root), [[root]])


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\n%%EOF\n", b"\0" * 1000, b"%PDF-1.7\nxref\n" * 100])
def test_file_that_is_not_a_pdf_gets_a_sentence(pdf, refused):
    assert refused(pdf).endswith((".", ")."))


def test_unsealed_pdf_is_refused(refused):
    assert "0 signatures" in refused(papers.paper())


def _issued(key, root: x509.Certificate, root_key) -> x509.Certificate:
    return certificates.issued(key.public_key(), "Example Trust GmbH", timezone.now(), root, root_key)
