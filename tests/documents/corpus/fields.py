"""Form fields, filled or empty, and signatures with an image."""

from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf

from tests.documents.corpus import file, form, page
from tests.documents.corpus.annotations import ALL, COVER, FOOTER, annotation


def with_fields(*fields: dict[str, Any], **form_entries: Any) -> Pdf:
    """A page with these fields, each of which is also an annotation."""
    pdf = page()
    made = [annotation(pdf, "Widget", **{"T": f"field{n}".encode(), **field}) for n, field in enumerate(fields)]
    pdf.pages[0].obj.Annots = Array(made)
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    pdf.Root.AcroForm = Dictionary(
        Fields=Array(made), DA=b"/Helv 10 Tf 0 g", DR=Dictionary(Font=Dictionary(Helv=font)), **form_entries
    )
    return pdf


TEXT: dict[str, Any] = {"FT": Name.Tx, "V": b"Example Corp", "DA": b"/Helv 10 Tf 0 g"}
WHITE = Dictionary(BG=Array([1, 1, 1]), BC=Array([1, 1, 1]))


@file("field: a white text field in the footer")
def white_field() -> Pdf:
    return with_fields({**TEXT, "V": b"", "MK": WHITE})


@file("field: a white text field that the program draws itself")
def white_bare_field() -> Pdf:
    return with_fields({**TEXT, "AP": None, "MK": WHITE}, NeedAppearances=True)


@file("field: filled, with its picture")
def filled() -> Pdf:
    return with_fields(
        {
            **TEXT,
            "rect": Array([72, 600, 300, 620]),
            "content": b"/Tx BMC BT /Helv 10 Tf 2 5 Td (Example Corp) Tj ET EMC",
        }
    )


@file("field: filled, without a picture")
def filled_bare() -> Pdf:
    return with_fields({**TEXT, "AP": None, "rect": Array([72, 600, 300, 620])})


@file("field: a page-wide field")
def wide() -> Pdf:
    return with_fields({**TEXT, "rect": ALL, "MK": WHITE})


@file("field: a password")
def password() -> Pdf:
    return with_fields({**TEXT, "AP": None, "Ff": 1 << 13, "V": b"secret"}, NeedAppearances=False)


@file("field: ticked and not ticked")
def ticked() -> Pdf:
    pdf = page()
    states = Dictionary(Yes=form(pdf, COVER, (0, 0, 9, 9)), Off=form(pdf, b"", (0, 0, 9, 9)))
    boxes = [
        annotation(pdf, "Widget", FT=Name.Btn, T=b"box", AP=Dictionary(N=states), AS=state)
        for state in (Name.Yes, Name.Off)
    ]
    pdf.pages[0].obj.Annots = Array(boxes)
    pdf.Root.AcroForm = Dictionary(Fields=Array(boxes))
    return pdf


@file("field: a list to choose from")
def choice() -> Pdf:
    options = Array([b"one", b"two", b"three"])
    return with_fields({"FT": Name.Ch, "V": b"two", "Opt": options, "AP": None, "DA": TEXT["DA"]}, NeedAppearances=True)


@file("field: a button with a script")
def button() -> Pdf:
    script = Dictionary(S=Name.JavaScript, JS=b"this.getField('x').display = 0")
    return with_fields({"FT": Name.Btn, "Ff": 1 << 16, "A": script, "AA": Dictionary(U=script), "MK": WHITE})


@file("field: a signature with a picture in the footer")
def signature_picture() -> Pdf:
    value = Dictionary(Type=Name.Sig, ByteRange=Array([0, 10, 20, 10]), Contents=b"\0" * 8)
    return with_fields({"FT": Name.Sig, "V": value}, SigFlags=3)


@file("field: one field with two widgets")
def two_widgets() -> Pdf:
    pdf = page()
    widgets = [annotation(pdf, "Widget", rect) for rect in (FOOTER, Array([72, 600, 300, 620]))]
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T=b"both", V=b"text", Kids=Array(widgets)))
    for widget in widgets:
        widget.Parent = field
    pdf.pages[0].obj.Annots = Array(widgets)
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), NeedAppearances=True)
    return pdf


@file("field: in a tree that bites its tail")
def circular() -> Pdf:
    pdf = with_fields(TEXT)
    field = pdf.Root.AcroForm.Fields[0]
    field.Kids, field.Parent = Array([field]), field
    return pdf


@file("field: on the page and in no form")
def orphan() -> Pdf:
    pdf = with_fields({**TEXT, "MK": WHITE}, NeedAppearances=True)
    del pdf.Root.AcroForm
    return pdf


@file("field: an XFA form")
def xfa() -> Pdf:
    return with_fields({**TEXT, "MK": WHITE}, XFA=b"<xdp:xdp/>", NeedAppearances=True)
