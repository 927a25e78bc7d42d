"""Annotations: comments, stamps, links."""

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from tests.documents import pdfs
from tests.documents.corpus import enter_file, file, form, page

FOOTER = Array([0, 0, 595, 60])
ALL = Array([0, 0, 595, 842])
# Fills its whole box with white.
COVER = b"1 g 0 0 2000 2000 re f"


def annotation(pdf: Pdf, subtype: str, rect: Array = FOOTER, content: bytes = COVER, **entries: Any) -> Dictionary:
    """An annotation whose picture covers its rectangle, unless `entries` say otherwise."""
    shown = form(pdf, content, (0, 0, 595, 60))
    made = Dictionary(Type=Name.Annot, Subtype=Name(f"/{subtype}"), Rect=rect, AP=Dictionary(N=shown), F=4)
    for key, value in entries.items():
        if value is None:
            del made[f"/{key}"]
        else:
            made[f"/{key}"] = value
    return pdf.make_indirect(made)


def covered(*subtypes: str, rect: Array = FOOTER, rotate: int = 0, **entries: Any) -> Pdf:
    pdf = page(Rotate=rotate)
    pdf.pages[0].obj.Annots = Array([annotation(pdf, subtype, rect, **entries) for subtype in subtypes])
    return pdf


SUBTYPES = (
    "Text", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight", "Underline", "Squiggly",
    "StrikeOut", "Caret", "Stamp", "Ink", "Popup", "FileAttachment", "Sound", "Movie", "Screen", "PrinterMark",
    "TrapNet", "Watermark", "3D", "Redact", "Projection", "RichMedia", "Link", "Unknown",
)  # fmt: skip
for subtype in SUBTYPES:
    enter_file(f"annotation: {subtype} over the footer", lambda subtype=subtype: covered(subtype))

BARE: dict[str, dict[str, Any]] = {
    "Square": {"IC": Array([1, 1, 1]), "C": Array([1, 1, 1]), "BS": Dictionary(W=40)},
    "Circle": {"IC": Array([1, 1, 1]), "C": Array([1, 1, 1])},
    "Highlight": {"QuadPoints": Array([0, 60, 595, 60, 0, 0, 595, 0]), "C": Array([1, 1, 1])},
    "Ink": {"InkList": Array([Array([0, 9, 595, 9])]), "C": Array([1, 1, 1]), "BS": Dictionary(W=40)},
    "Line": {"L": Array([0, 9, 595, 9]), "C": Array([1, 1, 1]), "BS": Dictionary(W=40)},
    "FreeText": {"DA": b"/Helv 12 Tf 1 g", "Contents": b"white", "C": Array([1, 1, 1])},
    "Text": {"Contents": b"note", "Open": True},
    "Popup": {"Open": True, "Contents": b"note"},
    "Redact": {"IC": Array([1, 1, 1]), "QuadPoints": Array([0, 60, 595, 60, 0, 0, 595, 0])},
}
for subtype, entries in BARE.items():
    enter_file(
        f"annotation: {subtype} that the program draws itself",
        lambda subtype=subtype, entries=entries: covered(subtype, AP=None, **entries),
    )

FLAGS = {
    "hidden": 2,
    "printed only": 4 | 32,
    "seen only": 0,
    "not turned or scaled": 4 | 8 | 16,
    "shown on touch": 256 | 4,
}
for what, flags in FLAGS.items():
    enter_file(f"annotation: stamp, {what}", lambda flags=flags: covered("Stamp", F=flags))

LINKS: dict[str, dict[str, Any]] = {
    "with a wide border": {"Border": Array([0, 0, 200]), "C": Array([1, 1, 1])},
    "with a wide style": {"BS": Dictionary(W=200, S=Name.S), "C": Array([1, 1, 1])},
    "with dashes": {"Border": Array([90, 90, 90, Array([200, 1])]), "C": Array([0, 0, 0])},
    "with a bevel": {"BS": Dictionary(W=60, S=Name.B), "C": Array([])},
    "with a border of the program's": {},
}
for what, entries in LINKS.items():
    action = Dictionary(S=Name.URI, URI=b"https://example.com/")
    enter_file(
        f"annotation: link {what}",
        lambda entries=entries, action=action: covered("Link", AP=None, A=action, **entries),
    )


@file("annotation: stamp over everything on a turned page")
def over_everything() -> Pdf:
    return covered("Stamp", "FreeText", rect=ALL, rotate=90)


@file("annotation: note that stays upright on a turned page")
def upright_note() -> Pdf:
    return covered("Text", rect=Array([20, 20, 40, 40]), rotate=270, F=4 | 8 | 16)


@file("annotation: picture with a matrix")
def with_matrix() -> Pdf:
    pdf = covered("Stamp", rect=ALL)
    pdf.pages[0].obj.Annots[0].AP.N.Matrix = Array([0, 50, -50, 0, 7, 7])
    return pdf


@file("annotation: picture with open states")
def with_open_states() -> Pdf:
    return covered("Stamp", "Stamp", rect=ALL, content=b"q q 0 0 1 1 re W n BT 3 Tr /OC /No BDC (")


@file("annotation: picture that is no form")
def without_form() -> Pdf:
    pdf = covered("Stamp", "Stamp", "Stamp")
    first, second, third = pdf.pages[0].obj.Annots
    first.AP = Name.Nothing
    second.AP.N = Dictionary(On=Dictionary(), Off=5)
    third.AP.N = pikepdf.Stream(pdf, b"xxx", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1)
    return pdf


@file("annotation: broken rectangles")
def broken_rectangles() -> Pdf:
    return covered("Stamp", "Stamp", rect=Array([1, 2]))


@file("annotation: list is no list")
def broken_list() -> Pdf:
    return page(Annots=Dictionary(Type=Name.Annot))


@file("annotation: things in the list that are none")
def odd_list() -> Pdf:
    return page(Annots=Array([5, Name.Nothing, Dictionary(), Array([])]))


@file("annotation: two thousand stamps")
def many() -> Pdf:
    return covered(*["Stamp"] * 2000)


@file("annotation: one for two pages")
def shared() -> Pdf:
    pdf = covered("Stamp", "Link")
    pdf.pages.append(pdf.pages[0])
    pdf.pages[1].obj.Annots = pdf.pages[0].obj.Annots
    return pdf


@file("annotation: the page's own content as its picture")
def own_content() -> Pdf:
    pdf = covered("Stamp")
    pdf.pages[0].obj.Annots[0].AP.N = pdf.pages[0].obj.Contents
    return pdf


@file("annotation: media with a window of their own")
def media() -> Pdf:
    pdf = page(pdfs.TEXT)
    clip = Dictionary(S=Name.Rendition, R=Dictionary(S=Name.MR), OP=0)
    pdf.pages[0].obj.Annots = Array([annotation(pdf, "Screen", ALL, A=clip, AA=Dictionary(PV=clip))])
    return pdf
