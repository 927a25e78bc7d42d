"""A rebuilt page keeps the original's appearance, text, links and tags."""

import io
import subprocess

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Stream
from PIL import ImageChops, ImageStat

from documents.intake.reading_copy import prepare
from tests.documents import corpus, pdfs
from tests.documents.corpus.annotations import annotation, covered
from tests.documents.corpus.everyday import printed
from tests.documents.corpus.fields import TEXT, with_fields
from tests.documents.corpus.layers import with_layer

MIDDLE = Array([100, 400, 300, 500])


def copy_of(pdf):
    target = io.BytesIO()
    prepare(io.BytesIO(pdf if isinstance(pdf, bytes) else pdfs.saved(pdf)), target)
    return target


def drawn(data, page=0):
    """The page above the reader's strip."""
    with pypdfium2.PdfDocument(data) as pdf:
        pdf.init_forms()
        picture = pdf[page].render(scale=1).to_pil().convert("L")
    return picture.crop((0, 0, picture.width, picture.height - 70))


def grey_at(data, x, y):
    picture = drawn(data)
    return picture.getpixel((x, 842 - y))


@pytest.mark.parametrize(
    "name",
    [
        "everyday: printed report", "everyday: tagged report", "everyday: scan in grey", "everyday: scan laid in sideways",
        "everyday: slides with dark pictures", "everyday: a draft's watermark", "everyday: report for the archive",
        "everyday: filled form", "everyday: signed by an auditor", "everyday: scan with its text behind it",
        "content: an inline image at the end", "content: a clip by text", "content: packed in three ways",
        "content: in parts that are cut in the middle", "state: a pattern as colour", "group: isolated", "group: knocked out",
        "layer: switched off and never ended", "layer: the page's picture is in one that is off", "box: turned by 90",
        "box: inherited with resources and rotation", "resources: none",
    ],
)  # fmt: skip
def test_page_looks_like_the_original(name):
    data = corpus.data(name)
    before, after = drawn(data), drawn(copy_of(data))
    assert after.size == before.size
    difference = ImageChops.difference(before, after)
    assert ImageStat.Stat(difference).mean[0] < 0.5, "more than the second mark and a few edges differs"


def test_text_can_be_searched_and_selected():
    [first, second] = pdfs.texts(copy_of(printed()).getvalue())
    assert "Independent auditor" in first and "No exceptions noted" in first and "We examined the controls" in second


@pytest.mark.parametrize(
    ("flags", "is_seen"), [(4, True), (0, True), (2, False), (4 | 32, False), (1, False), (4 | 8 | 16, True)]
)
def test_visible_annotations_are_drawn_into_the_page(flags, is_seen):
    copy = copy_of(covered("Stamp", rect=MIDDLE, content=b"0 g 0 0 2000 2000 re f", F=flags))
    assert (grey_at(copy, 200, 450) < 50) == is_seen
    with pikepdf.open(copy) as pdf:
        assert "/Annots" not in pdf.pages[0].obj


def test_text_under_a_highlight_stays_visible():
    pdf = corpus.page(b"0 g 100 400 100 100 re f")
    pdf.pages[0].obj.Annots = Array([annotation(pdf, "Highlight", MIDDLE, b"1 1 0 rg 0 0 595 60 re f")])
    copy = copy_of(pdf)
    assert grey_at(copy, 150, 450) < 50 < grey_at(copy, 250, 450) < 240


@pytest.mark.parametrize("needed", [True, False])
def test_value_of_a_form_field_stays_readable(needed):
    field = {**TEXT, "AP": None, "rect": MIDDLE}
    [text] = pdfs.texts(copy_of(with_fields(field, NeedAppearances=needed)).getvalue())
    assert "Example Corp" in text


def test_password_in_a_form_is_not_shown():
    [text] = pdfs.texts(copy_of(corpus.data("field: a password")).getvalue())
    assert "secret" not in text


@pytest.mark.parametrize("where", ["content", "form", "annotation"])
def test_hidden_layers_are_not_in_the_copy(where):
    pdf, layer = with_layer(b"/OC /L BDC BT /F0 20 Tf 100 400 Td (unseen) Tj ET EMC BT /F0 9 Tf 9 99 Td (seen) Tj ET")
    page = pdf.pages[0].obj
    if where == "form":
        page.Contents = Stream(pdf, b"/X Do BT /F0 9 Tf 9 99 Td (seen) Tj ET")
        unseen = corpus.form(pdf, b"BT /F0 20 Tf 100 400 Td (unseen) Tj ET", OC=layer, Resources=page.Resources)
        page.Resources.XObject = Dictionary(X=unseen)
    if where == "annotation":
        page.Contents = Stream(pdf, b"BT /F0 9 Tf 9 99 Td (seen) Tj ET")
        page.Annots = Array([annotation(pdf, "Stamp", MIDDLE, b"0 g 0 0 999 999 re f % unseen", OC=layer)])
    on = copy_of(pdf)
    pdf.Root.OCProperties.D.OFF = Array([layer])
    off = copy_of(pdf)
    with pikepdf.open(off) as copy:
        assert "/OCProperties" not in copy.Root
        assert all(b"unseen" not in thing.read_bytes() for thing in copy.objects if isinstance(thing, Stream))
    assert "seen" in next(pdfs.texts(off.getvalue()))
    assert drawn(on).tobytes() != drawn(off).tobytes()


def test_tags_still_refer_to_their_text(tmp_path):
    path = tmp_path / "copy.pdf"
    path.write_bytes(copy_of(printed(pdf_tags=True)).getvalue())
    words = subprocess.run(["pdfinfo", "-struct-text", path], capture_output=True, check=True, text=True).stdout
    assert '"Part two"' in words and "Control number 7" in words
    with pikepdf.open(path) as pdf:
        root, page = pdf.Root.StructTreeRoot, pdf.pages[0].obj
        form = page.Resources.XObject.P
        assert form.StructParents == page.StructParents
        [element] = [e for e in root.ParentTree.Nums[1] if isinstance(e, Dictionary)][:1]
        kid = element.K[0] if isinstance(element.K, Array) else element.K
        assert kid.Type == Name.MCR and kid.Stm == form and kid.Pg == page


def test_tags_do_not_keep_removed_fields_and_comments():
    pdf = covered("Stamp", rect=MIDDLE)
    stamp = pdf.pages[0].obj.Annots[0]
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    kid = Dictionary(Type=Name.OBJR, Obj=stamp)
    root.K = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Form, P=root, K=kid))
    pdf.Root.StructTreeRoot = root
    with pikepdf.open(copy_of(pdf)) as copy:
        assert all(thing.get("/Subtype") != Name.Stamp for thing in copy.objects if isinstance(thing, Dictionary))


def test_small_pages_are_placed_on_a_larger_sheet():
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(100, 60)).obj.Contents = Stream(pdf, b"0 g 0 0 100 60 re f")
    with pikepdf.open(copy_of(pdf)) as copy:
        assert [float(side) for side in copy.pages[0].mediabox] == [-160, -42, 260, 102]


def test_pages_of_usual_sizes_keep_their_size():
    for size in ((595, 842), (420, 595), (612, 1008), (960, 540), (842, 1191)):
        pdf = pikepdf.new()
        pdf.add_blank_page(page_size=size)
        with pikepdf.open(copy_of(pdf)) as copy:
            assert [float(side) for side in copy.pages[0].mediabox] == [0, 0, *size]
