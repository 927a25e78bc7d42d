"""A sealed copy meets PDF/A-3a and PDF/UA-1: an independent validator says so, and our own look at what it leaves out."""

import io
import zlib

import page
import pikepdf
import pytest
from django.utils import timezone

from ndaflow.agreements import signed_copy
from ndaflow.agreements.sealing import seal
from ndaflow.agreements.sealing.sealer import Sealer
from tests import cast
from tests.ndaflow.agreements import papers
from tests.ndaflow.agreements.test_signed_paper import signature
from trustcenter.web import layout, printing, tagging

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PROFILES = ("3a", "ua1")
EVERYTHING = """### It begins too low

Words, *soft*, **loud** and `typed`, and a line\\
that breaks.

# It goes on

1. one
2. two
   - with a bullet
   - and another
     1. and deeper

   A second paragraph of two.

> a quotation

    a block of text as it stands
    in two lines

---

###### It ends too low

- a
- b

"""
LONG = EVERYTHING + "".join(f"{number}. {'words ' * 60}\n" for number in range(1, 41))


@pytest.fixture
def sealed(key, chain):
    def make(text: str = cast.NDA_TEXT, **said: str) -> bytes:
        paper = signed_copy.render(signature(text, **said), certificate=chain[0], level="B-B")
        return seal.seal(paper, Sealer(key=key, chain=chain), reason="a test")

    return make


def refusals(pdf: bytes, profile: str) -> set[str]:
    """The rules of the standard that the validator says the file breaks."""
    report = page.validate_pdf_bytes(pdf, profile=profile)
    assert report.is_compliant == (not report.failures)
    assert report.rules.total > 100
    return {failure.rule_id for failure in report.failures}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (cast.NDA_TEXT, {}),
        (EVERYTHING, {}),
        (LONG, {"user_agent": "Mozilla " * 800}),
        ("No heading at all.", {"typed_name": "דוד כהן", "entity": "Παπαδόπουλος & Co"}),
        ("Words.", {"typed_name": "\U0001f9ff Taro", "user_agent": "\ue000\U000e0041"}),
    ],
    ids=["ordinary", "everything", "many pages", "other scripts", "spelled out"],
)
def test_sealed_copy_meets_both_standards(sealed, text, said):
    pdf = sealed(text, **said)
    assert {profile: refusals(pdf, profile) for profile in PROFILES} == {profile: set() for profile in PROFILES}
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_metadata() as claims:
        assert (claims["pdfaid:part"], claims["pdfaid:conformance"], claims["pdfuaid:part"]) == ("3", "A", "1")


def test_validator_refuses_what_is_printed_without_our_additions(key, chain):
    """Otherwise its agreement would say nothing."""
    plain = layout.laid_out(papers.PAGE.replace("</h1>", "</h1><h4>Deep</h4>"), "", pdf_variant="pdf/a-3a").pdf
    assert {"PDFUA1-ID-PART-001", "PDFUA1-HEADING-NESTING-001"} <= refusals(plain, "ua1")
    bare = plain.replace(b"/Marked true", b"/Marked null")
    assert refusals(bare, "3a")


def test_every_mark_on_a_page_has_a_tag_or_is_an_artifact(sealed):
    """The validator takes a running head for content if a tag outside of the tree mentions it."""
    with pikepdf.open(io.BytesIO(sealed(LONG))) as document:
        tree = document.Root.StructTreeRoot
        elements = list(tagging.below(tree.K[0]))
        parents = list(tree.ParentTree.Nums[1::2])
        assert len(document.pages) > 4
        for number, sheet in enumerate(document.pages):
            tagged = {mark for one in elements if one.get("/Pg") == sheet.obj for mark in tagging.marks(one)}
            begun = [step for step in pikepdf.parse_content_stream(sheet) if str(step.operator) == "BDC"]
            numbered = [int(step.operands[1].MCID) for step in begun if "/MCID" in step.operands[1]]
            assert sorted(numbered) == sorted(tagged)
            artifacts = [step.operands[1].Type for step in begun if "/MCID" not in step.operands[1]]
            assert artifacts == ["/Pagination"] * 2, "the agreement's name and the number of the page"
            assert {mark for mark, owner in enumerate(parents[number]) if owner is not None} == tagged


def test_tags_say_how_lists_are_numbered_and_what_headers_are_for(sealed):
    with pikepdf.open(io.BytesIO(sealed(EVERYTHING))) as document:
        elements = list(tagging.below(document.Root.StructTreeRoot.K[0]))
        kinds = [str(one.S) for one in elements]
        assert [kind for kind in kinds if kind[:2] == "/H"] == ["/H1", "/H1", "/H2", "/H1", "/H2"]
        numbering = [str(one.A.ListNumbering) for one in elements if one.S == "/L"]
        assert numbering == ["/Decimal", "/Disc", "/Decimal", "/Disc", "/Decimal"]
        assert {str(one.A.Scope) for one in elements if one.S == "/TH"} == {"/Row"}
        assert not [one for one in elements if "/ID" in one], "ids would repeat on the next page of a table"


def test_field_of_the_seal_has_a_name_and_a_place_in_the_order_of_reading(sealed):
    with pikepdf.open(io.BytesIO(sealed())) as document:
        (field,) = document.Root.AcroForm.Fields
        form = list(tagging.below(document.Root.StructTreeRoot.K[0]))[-1]
        assert str(field.TU) == "The operator's seal" and [float(side) for side in field.Rect] == [0, 0, 0, 0]
        assert (str(form.S), form.K.Obj.objgen) == ("/Form", field.objgen)
        assert document.pages[0].Tabs == "/S" and field.V.SubFilter == "/ETSI.CAdES.detached"


def test_stream_that_ends_like_a_line_is_stored_in_another_way(key, chain):
    """About one file in ten has one; validators then take its length for wrong."""
    content = next(text for text in map(str, range(100_000)) if zlib.compress(text.encode()).endswith(b"\r"))
    enclosure = printing.Enclosure(
        name="a.txt", content=content, description="A number", relationship="Data", at=timezone.now()
    )
    pdf = seal.seal(
        printing.archival_pdf(papers.PAGE, "", [enclosure])[0], Sealer(key=key, chain=chain), reason="a test"
    )
    assert refusals(pdf, "3a") == set()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.attachments["a.txt"].get_file().read_bytes() == content.encode()
