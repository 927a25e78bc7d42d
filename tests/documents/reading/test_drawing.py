"""Page images that pdfium draws of good and hostile PDFs."""

import io

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from documents.reading import drawing
from tests.documents import pdfs


def drawn(data, pages=1, first=1, most=50):
    out = io.BytesIO()
    places = drawing.draw(io.BytesIO(data), out, pages, first, most).places
    return [Image.open(io.BytesIO(out.getvalue()[p["offset"] : p["offset"] + p["length"]])) for p in places], places


def sheet(box, content=b"0 0 50 50 re f", **entries):
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(100, 100))
    page.obj.MediaBox = Array(box)
    page.obj.Contents = Stream(pdf, content)
    for name, value in entries.items():
        page.obj[f"/{name}"] = value
    return pdfs.saved(pdf)


def test_each_page_becomes_an_image_at_150_dots_per_inch():
    pictures, places = drawn(pdfs.blank(pdfs.TEXT, b"", pdfs.TEXT), 3)
    assert [picture.size for picture in pictures] == [(1240, 1755)] * 3
    assert [(place["width"], place["height"]) for place in places] == [(1240, 1755)] * 3
    assert [place["offset"] for place in places] == [0, places[0]["length"], places[0]["length"] + places[1]["length"]]
    ink = [picture.convert("L").point(lambda value: 255 - value).getbbox() for picture in pictures]
    assert ink[0] and not ink[1] and ink[0] == ink[2]


def test_batch_starts_at_the_given_page():
    data = pdfs.blank(*(b"0 0 %d 100 re f" % (100 * number) for number in range(1, 6)))
    pictures, _places = drawn(data, 5, first=4, most=9)
    assert len(pictures) == 2
    assert [picture.convert("1").getbbox() is not None for picture in pictures] == [True, True]
    dark = [picture.convert("L").histogram()[0] for picture in pictures]
    assert dark[1] > dark[0] * 1.2


def test_grey_pages_stay_grey_and_colour_stays_colour():
    grey, colour = drawn(pdfs.blank(pdfs.TEXT, b"1 0 0 rg 0 0 99 99 re f"), 2)[0]
    assert (grey.mode, colour.mode) == ("L", "RGB")
    assert colour.getpixel((20, 1740)) == (255, 0, 0)


def test_text_is_compressed_without_loss_and_scans_are_not():
    noise = Image.effect_noise((1600, 2200), 90)
    pdf = pdfs.with_pages(b"q 595 0 0 842 0 0 cm /Scan Do Q", pdfs.TEXT)
    packed = io.BytesIO()
    noise.save(packed, "JPEG", quality=80)
    scan = Stream(pdf, packed.getvalue())
    scan.Type, scan.Subtype, scan.Filter = Name.XObject, Name.Image, Name.DCTDecode
    scan.Width, scan.Height, scan.ColorSpace, scan.BitsPerComponent = 1600, 2200, Name.DeviceGray, 8
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Scan=scan))
    pictures, places = drawn(pdfs.saved(pdf), 2)
    assert [picture.format for picture in pictures] == ["JPEG", "PNG"]
    assert places[0]["length"] < 3_000_000


@pytest.mark.parametrize(
    "box",
    [
        [0, 0, 14_400, 14_400],
        [0, 0, 1e7, 1e7],
        [0, 0, 1e38, 1e38],
        [0, 0, 14_400, 1],
        [0, 0, 1, 14_400],
        [0, 0, 1, 1],
        [0, 0, 0.01, 0.01],
        [0, 0, 0, 0],
        [50, 50, -50, -50],
        [-1e6, -1e6, 100, 100],
    ],
)
def test_images_of_pages_of_any_size_are_within_limits(box):
    picture = drawn(sheet(box))[0][0]
    assert min(picture.size) >= 1 and max(picture.size) <= drawing.MAX_SIDE
    assert picture.width * picture.height <= drawing.MAX_PIXELS * 1.01


def test_rotation_and_crop_box_are_applied():
    assert drawn(sheet([0, 0, 595, 842], Rotate=90))[0][0].size == (1755, 1240)
    assert drawn(sheet([0, 0, 595, 842], Rotate=-90))[0][0].size == (1755, 1240)
    assert drawn(sheet([0, 0, 595, 842], CropBox=Array([100, 100, 196, 148])))[0][0].size == (200, 100)


def test_wrong_number_of_pages_is_refused():
    with pytest.raises(ValueError, match="announced"):
        drawn(pdfs.blank(pdfs.TEXT), 2)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing", b"\0" * 100])
def test_file_that_is_not_a_pdf_is_refused(data):
    with pytest.raises((pypdfium2.PdfiumError, ValueError)):
        drawn(data)


def test_scripts_do_not_run_and_form_values_are_drawn():
    pdf = pdfs.with_pages(b"")
    look = Stream(pdf, b"0 g 0 0 100 20 re f")
    look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 100, 20])
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=b"name", V=b"filled", F=4,
            Rect=Array([100, 100, 200, 120]), AP=Dictionary(N=look),
        )
    )  # fmt: skip
    pdf.pages[0].obj.Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=b"while(true){}")
    picture = drawn(pdfs.saved(pdf))[0][0]
    assert picture.convert("L").getpixel((300, 1755 - 229)) < 20
    assert not {"V8", "XFA"} & set(pypdfium2.version.PDFIUM_INFO.flags)
