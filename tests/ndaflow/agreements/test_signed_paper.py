"""The PDF of a signed agreement: what it prints, what it encloses, and unusual input."""

import hashlib
import io
import json
import subprocess

import pikepdf
import pytest

from ndaflow.agreements import signed_copy, signing
from ndaflow.agreements.models import Signature
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 3


def signature(text: str = cast.NDA_TEXT, **said: str) -> Signature:
    rhea, version = cast.rhea(), cast.nda(text)
    request = cast.open_request(rhea, cast.document())
    agent = said.pop("user_agent", "Test browser")
    assent = {"typed_name": "Rhea Diaz", "title": "CISO", "entity": "Example Corp, Inc."} | said
    around = cast.circumstances()
    return cast.flows.sign(
        cast.fresh(request),
        by=rhea,
        slug="nda",
        version_number=version.number,
        text_sha256=version.sha256,
        assent=signing.Assent(**assent),
        circumstances=signing.Circumstances(**{**around.__dict__, "user_agent": agent}),
    )


@pytest.fixture
def printed(certificate):
    def render(of: Signature, level: str = "B-B") -> bytes:
        return signed_copy.render(of, certificate=certificate, level=level)

    return render


def words(pdf: bytes) -> str:
    """The text as pdftotext finds it, without spaces."""
    found = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return "".join(found.decode().split())


def test_prints_every_field_of_the_evidence_exactly(printed):
    """Probo printed seconds where its seal hashed microseconds, so its own recipe always failed (#1684)."""
    of = signature()
    text = words(printed(of))
    evidence = json.loads(of.evidence)
    assert len(evidence) == 22
    for field, value in evidence.items():
        assert "".join(str(value).split()) in text, field
    assert of.evidence_sha256 in text


def test_encloses_the_bytes_that_were_hashed(printed, tmp_path):
    of = signature()
    (tmp_path / "copy.pdf").write_bytes(printed(of))
    subprocess.run(["pdfdetach", "-saveall", "copy.pdf"], cwd=tmp_path, check=True, capture_output=True)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert digests["nda-v1.md"] == of.version.sha256
    assert digests["evidence.json"] == of.evidence_sha256


def test_says_how_to_check_it_and_claims_no_more_than_it_is(printed, settings):
    settings.SITE_URL = "https://trust.example"
    text = words(printed(signature()))
    for told in (
        "simpleelectronicsignature",
        "https://trust.example/.well-known/trustcenter/seal.pem",
        "https://trust.example/verify/checksthisfiletogetherwithitsreceipt",
        "pdfsigthis.pdf",
        "Thetimeinthesealcomesfromtheoperator'sownclock",
    ):
        assert told in text, told
    assert "qualified" not in text.lower() and "advancedelectronic" not in text.lower()


def test_has_the_properties_of_pdf_a_3a(printed):
    with pikepdf.open(io.BytesIO(printed(signature()))) as pdf:
        assert must_be_archival(pdf) == ("3", "A")
        assert {str(item.AFRelationship) for item in pdf.Root.AF} == {"/Source", "/Data"}


def must_be_archival(pdf: pikepdf.Pdf) -> tuple[str, str]:
    """Checks what can be seen of PDF/A without a validator: embedded fonts, defined colours, no script, no encryption,
    tags and a language. Returns the part and level that the file claims."""
    assert not pdf.is_encrypted and "/JavaScript" not in pdf.Root.get("/Names", {}) and "/AA" not in pdf.Root
    assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang) == "en" and pdf.Root.OutputIntents[0].DestOutputProfile
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor":
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(thing.keys()), thing
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Subtype") == "/Type0":
            assert "/ToUnicode" in thing
    with pdf.open_metadata() as xmp:
        return xmp["pdfaid:part"], xmp["pdfaid:conformance"]


@pytest.mark.parametrize(
    "names",
    [
        ("Anne-Marie d’Été-Łukasiewicz", "Αλέξανδρος Παπαδόπουλος", "Дмитрий Иванович"),
        (LONG[:150], "Bobby <b>Tables</b> & {{ evidence }} {% now 'Y' %}", "two  spaces   stay"),
        ("N" * 150, "N" * 150, "N" * 150),
    ],
)
def test_names_are_printed_as_typed(printed, names):
    of = signature(**dict(zip(("typed_name", "title", "entity"), names, strict=True)))
    text = words(printed(of))
    for name in names:
        assert "".join(name.split()) in text
    assert text.count("".join(names[0].split())) >= 2, "among the facts and in the evidence"


@pytest.mark.parametrize("name", ["محمد الأمين", "דוד כהן"])
def test_right_to_left_names_are_found_letter_by_letter(printed, name):
    text = words(printed(signature(typed_name=name)))
    assert sorted(set(name) - {" "}) == sorted(letter for letter in set(name) - {" "} if letter in text)


def test_characters_missing_in_all_fonts_are_spelled_out_and_enclosed(printed):
    of = signature(typed_name="山\U0001f9ff Taro", user_agent="\ue000\U000e0041 browser")
    pdf = printed(of)
    text = words(pdf)
    assert "[U+E000]" in text and "UnicodenumberinbracketS".lower() in text.lower()
    assert "Taro" in text
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        evidence = opened.attachments["evidence.json"].get_file().read_bytes()
    assert json.loads(evidence)["user_agent"] == "\ue000\U000e0041 browser"


def test_markup_and_long_words_are_printed_as_text(printed):
    hostile = (
        "# An agreement\n\n<script>alert(1)</script> <img src=file:///etc/passwd>\n\n"
        f"![x](http://127.0.0.1:9/x.png) [y](http://127.0.0.1:9/)\n\n{'W' * 400}\n"
    )
    text = words(printed(signature(hostile)))
    assert "<script>alert(1)</script>" in text and "<imgsrc=file:///etc/passwd>" in text
    assert text.count("W" * 400) == 1


def test_level_with_a_timestamp_is_printed(printed):
    assert "timestampfromanindependentauthority" in words(printed(signature(), level="B-T"))
