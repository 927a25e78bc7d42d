"""Valid and invalid PDFs for the tests."""

import io
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Pdf, Stream

A4 = (595, 842)
TEXT = b"BT /F0 12 Tf 72 700 Td (Page of the report) Tj ET"


def blank(*contents: bytes, **save: Any) -> bytes:
    """A PDF with one page per content stream."""
    return saved(with_pages(*(contents or (TEXT,))), **save)


def with_pages(*contents: bytes) -> Pdf:
    pdf = pikepdf.new()
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    for content in contents:
        page = pdf.add_blank_page(page_size=A4)
        page.obj.Contents = Stream(pdf, content)
        page.obj.Resources = Dictionary(Font=Dictionary(F0=font))
    return pdf


def saved(pdf: Pdf, **save: Any) -> bytes:
    out = io.BytesIO()
    # The same file has the same bytes each time, but an encrypted one cannot.
    pdf.save(out, **{"deterministic_id": "encryption" not in save} | save)
    return out.getvalue()


def of_no_size() -> bytes:
    pdf = with_pages(TEXT)
    pdf.pages[0].obj.MediaBox = Array([0, 0, 0, 0])
    return saved(pdf)


def encrypted(user: str = "") -> bytes:
    return blank(encryption=pikepdf.Encryption(owner="owner", user=user))


def with_javascript() -> bytes:
    pdf = with_pages(TEXT)
    script = Dictionary(S=Name.JavaScript, JS=b"app.alert(1)")
    launch = Dictionary(S=Name.Launch, F=b"calc.exe")
    pdf.Root.OpenAction = pdf.make_indirect(script)
    pdf.Root.AA = Dictionary(WC=script)
    pdf.Root.AcroForm = Dictionary(XFA=b"<xdp/>", Fields=Array([]))
    pdf.pages[0].obj.AA = Dictionary(O=script)
    link = Dictionary(S=Name.URI, URI=b"https://example.com/", Next=launch)
    pdf.pages[0].obj.Annots = Array(
        [
            Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=launch),
            Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=link),
            Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9])),
        ]
    )
    pdf.attachments["secret.txt"] = b"carried along"
    return saved(pdf)


def signed() -> bytes:
    pdf = with_pages(TEXT)
    value = Dictionary(Type=Name.Sig, ByteRange=Array([0, 10, 20, 10]), Contents=b"\0" * 8)
    field = pdf.make_indirect(Dictionary(FT=Name.Sig, T=b"Signature", V=pdf.make_indirect(value)))
    pdf.Root.AcroForm = Dictionary(SigFlags=3, Fields=Array([field]))
    return saved(pdf)


def bomb(size: int = 300 * 1024 * 1024) -> bytes:
    """A few hundred bytes, deflated twice, that decompress to `size` bytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(size >> 20)) + packer.flush()
    packed = zlib.compress(packed, 9)
    return by_hand(b"/Filter[/FlateDecode/FlateDecode]", packed)


def by_hand(entries: bytes, content: bytes) -> bytes:
    """A PDF with one page, written without a library that would repair it."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<<>>/Contents 4 0 R>>",
        b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content),
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    table = b"xref\n0 5\n0000000000 65535 f \n" + rows
    return out + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def texts(data: bytes) -> Iterator[str]:
    """The selectable text of each page."""
    pdf = pypdfium2.PdfDocument(data)
    try:
        for page in pdf:
            yield page.get_textpage().get_text_range()
    finally:
        pdf.close()


def problems(data: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return pdf.check_pdf_syntax()
