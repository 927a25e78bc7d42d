"""Files as common programs write them."""

import io
from datetime import UTC, datetime
from functools import lru_cache

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, Stream
from PIL import Image, ImageDraw
from weasyprint import HTML

from tests.documents import pdfs
from tests.documents.corpus import enter_file, file, form, page
from tests.documents.corpus.annotations import annotation
from tests.documents.corpus.fields import TEXT, with_fields

REPORT = """
<html lang="en"><title>Report</title><style>@page {{ size: {size}; margin: 2cm; @bottom-center {{ content: counter(page) }} }}
h1 {{ color: #036 }} table {{ border-collapse: collapse }} td {{ border: 1px solid #888; padding: 4px }}</style>
<h1 id="top">Independent auditor's report</h1><p>Read <a href="https://example.com/">the criteria</a> or <a href="#two">part
two</a>.</p><table>{rows}</table><h2 id="two" style="break-before: page">Part two</h2><p>{words}</p></html>
"""


@lru_cache(maxsize=4)
def printed(size: str = "A4", **options: object) -> bytes:
    """A report of two pages, as a browser or a word processor prints it: embedded fonts, links, bookmarks."""
    rows = "".join(
        f"<tr><td>CC{n}.1</td><td>Control number {n}</td><td>No exceptions noted</td></tr>" for n in range(20)
    )
    return HTML(string=REPORT.format(size=size, rows=rows, words="We examined the controls. " * 80)).write_pdf(
        **options
    )


def scan(mode: str, turned: int = 0) -> Pdf:
    """A page that is one image, slightly skewed and with noise, as a scanner writes it."""
    picture = Image.new("L", (620, 877), 245)
    ImageDraw.Draw(picture).multiline_text((60, 60), "\n".join(["A line of the scanned report"] * 40), fill=30)
    picture = picture.rotate(0.7, fillcolor=245)
    data = io.BytesIO()
    pdf = page(b"q 595 0 0 842 0 0 cm /Scan Do Q", Rotate=turned)
    if mode == "jpeg":
        picture.save(data, "JPEG", quality=60)
        image = Stream(pdf, data.getvalue(), Filter=Name.DCTDecode, ColorSpace=Name.DeviceGray, BitsPerComponent=8)
    else:
        image = Stream(pdf, picture.convert("1").tobytes(), ColorSpace=Name.DeviceGray, BitsPerComponent=1)
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, *picture.size
    pdf.pages[0].obj.Resources.XObject = Dictionary(Scan=image)
    return pdf


enter_file("everyday: printed report", printed)
enter_file("everyday: printed report in landscape", lambda: printed("A4 landscape"))
enter_file("everyday: tagged report", lambda: printed(pdf_tags=True))
enter_file("everyday: report for the archive", lambda: printed(pdf_variant="pdf/a-3u"))
enter_file("everyday: scan in grey", lambda: scan("jpeg"))
enter_file("everyday: scan in black and white", lambda: scan("fax"))
enter_file("everyday: scan laid in sideways", lambda: scan("jpeg", 90))
enter_file("everyday: with an outline and labels", lambda: with_outline())
enter_file("everyday: three hundred pages", lambda: pdfs.saved(many_pages(300)))

SAVED = {
    "objects in streams": {"object_stream_mode": ObjectStreamMode.generate},
    "for the web": {"linearize": True},
    "uncompressed": {"compress_streams": False},
    "PDF 1.3": {"force_version": "1.3", "object_stream_mode": ObjectStreamMode.disable},
    "PDF 2.0": {"min_version": "2.0"},
}
for what, options in SAVED.items():
    enter_file(
        f"everyday: report saved with {what}" if "PDF" not in what else f"everyday: report as {what}",
        lambda options=options: pdfs.blank(pdfs.TEXT, pdfs.TEXT, **options),
    )


def many_pages(count: int) -> Pdf:
    pdf = pdfs.with_pages(pdfs.TEXT)
    first = pdf.pages[0].obj
    for number in range(count - 1):
        added = pdf.add_blank_page(page_size=pdfs.A4)
        added.obj.Contents, added.obj.Resources = Stream(pdf, pdfs.TEXT + b"%% %d" % number), first.Resources
    return pdf


def with_outline() -> Pdf:
    pdf = pdfs.with_pages(*[pdfs.TEXT] * 3)
    with pdf.open_outline() as outline:
        outline.root.extend(pikepdf.OutlineItem(f"Part {number}", number) for number in range(3))
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.r), 1, Dictionary(S=Name.D)]))
    pdf.Root.PageMode = Name.UseOutlines
    return pdf


@file("everyday: scan with its text behind it")
def recognised() -> Pdf:
    pdf = scan("jpeg")
    pdf.pages[0].obj.Contents = Array(
        [Stream(pdf, b"BT /F0 10 Tf 3 Tr 60 700 Td (A line of the scanned report) Tj ET"), pdf.pages[0].obj.Contents]
    )
    return pdf


@file("everyday: slides with dark pictures")
def slides() -> Pdf:
    pdf = pikepdf.new()
    for number in range(3):
        added = pdf.add_blank_page(page_size=(960, 540))
        added.obj.Contents = Stream(pdf, b"0.05 0.1 %.1f rg 0 0 960 540 re f" % (number / 5))
        added.obj.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceRGB)
    return pdf


@file("everyday: signed by an auditor")
def signed() -> bytes:
    from tests.documents.corpus.signing import signed_by_an_auditor

    return signed_by_an_auditor(printed())


@file("everyday: filled form")
def filled_form() -> Pdf:
    places = [(72, 700 - 30 * n, 300, 716 - 30 * n) for n in range(12)]
    fields = [{**TEXT, "AP": None, "rect": Array(place), "V": f"Answer {n}".encode()} for n, place in enumerate(places)]
    return with_fields(*fields, NeedAppearances=True)


@file("everyday: comments of two reviewers")
def comments() -> Pdf:
    pdf = page()
    note = annotation(pdf, "Text", Array([400, 600, 420, 620]), T=b"Vera", Contents=b"Is this so?")
    answer = annotation(pdf, "Text", Array([400, 600, 420, 620]), T=b"Ada", Contents=b"Yes.", IRT=note)
    popup = annotation(pdf, "Popup", Array([430, 500, 590, 620]), Parent=note, AP=None)
    quads = Array([72, 712, 200, 712, 72, 698, 200, 698])
    marker = annotation(pdf, "Highlight", Array([72, 698, 200, 712]), b"1 1 0 rg 0 0 595 60 re f", QuadPoints=quads)
    note.Popup = popup
    pdf.pages[0].obj.Annots = Array([note, answer, popup, marker])
    return pdf


@file("everyday: a draft's watermark")
def watermark() -> Pdf:
    pdf = page()
    pdf.pages[0].obj.Resources.XObject = Dictionary(
        W=form(pdf, b"q 0.9 g 0.7 0.7 -0.7 0.7 200 200 cm 0 0 300 60 re f Q")
    )
    pdf.pages[0].obj.Contents = Array([pdf.pages[0].obj.Contents, Stream(pdf, b"/Artifact BMC /W Do EMC")])
    return pdf


@file("everyday: with a file attached")
def attached() -> Pdf:
    pdf = page()
    pdf.attachments["controls.csv"] = b"CC1.1,no exceptions"
    pdf.Root.PageMode = Name.UseAttachments
    return pdf


@file("everyday: dates and words about itself")
def metadata() -> Pdf:
    pdf = page(LastModified=pikepdf.String(f"D:{datetime(2026, 3, 4, tzinfo=UTC):%Y%m%d%H%M%S}Z"))
    with pdf.open_metadata() as words:
        words["dc:title"] = "Report"
    pdf.docinfo["/Author"] = "Auditor"
    return pdf
