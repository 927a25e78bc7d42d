"""Pages with unusual boxes, units or rotation."""

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from documents.intake.flaws import Flaw
from tests.documents import pdfs
from tests.documents.corpus import enter_file, file, page

GROUND = b"0.9 g -20000 -20000 40000 40000 re f "

BOXES: dict[str, dict[str, Any]] = {
    "crop box outside of the media box": {"CropBox": Array([9000, 9000, 9500, 9700])},
    "crop box touches the media box": {"CropBox": Array([595, 842, 900, 900])},
    "crop box partly outside": {"CropBox": Array([-200, -300, 400, 500])},
    "crop box larger": {"CropBox": Array([-500, -500, 1500, 1500])},
    "crop box of nothing": {"CropBox": Array([10, 10, 10, 10])},
    "crop box upside down": {"CropBox": Array([500, 700, 100, 200])},
    "crop box is no box": {"CropBox": Array([1, 2, Name.Three])},
    "crop box with fractions": {"CropBox": Array([0.333, 0.777, 594.123456, 841.987])},
    "media box below and left of the origin": {"MediaBox": Array([-900, -900, -305, -58])},
    "media box far from the origin": {"MediaBox": Array([50_000, 50_000, 50_595, 50_842])},
    "media box upside down": {"MediaBox": Array([595, 842, 0, 0])},
    "other boxes in the middle": {
        name: Array([200, 300, 300, 400]) for name in ("TrimBox", "BleedBox", "ArtBox")
    },
    "unit of a tenth": {"UserUnit": 0.1},
    "unit of ten": {"UserUnit": 10},
    "unit of nothing": {"UserUnit": 0},
    "boxes for the viewer": {"BoxColorInfo": Dictionary(), "VP": Array([Dictionary(BBox=Array([0, 0, 5, 5]))]), "PZ": 9},
    "turned by 45": {"Rotate": 45},
    "turned by 89": {"Rotate": 89},
    "turned by 90": {"Rotate": 90},
    "turned by 180": {"Rotate": 180},
    "turned by 270": {"Rotate": 270},
    "turned by -90": {"Rotate": -90},
    "turned by 450": {"Rotate": 450},
    "turned by a fraction": {"Rotate": 90.5},
    "turned by a name": {"Rotate": Name.Ninety},
    "turned, cropped and moved": {
        "MediaBox": Array([-100, -100, 800, 900]), "CropBox": Array([-50, 20, 545, 862]), "Rotate": 90,
    },
}  # fmt: skip
for what, entries in BOXES.items():
    enter_file(f"box: {what}", lambda entries=entries: page(GROUND + pdfs.TEXT, **entries))

SIZES = {
    "a dot": (3, 3),
    "a stamp": (20, 30),
    "a business card": (241, 156),
    "a card upright": (156, 241),
    "a receipt": (80, 1200),
    "A6": (298, 420),
    "A5": (420, 595),
    "A3": (842, 1191),
    "a slide 16:9": (960, 540),
    "a slide 4:3": (720, 540),
    "a banner": (14_400, 100),
    "a ribbon": (100, 14_400),
    "a web page": (595, 14_400),
    "a poster": (3370, 4768),
    "the largest": (14_400, 14_400),
}
for what, size in SIZES.items():
    box = Array([0, 0, *size])
    enter_file(f"size: {what}", lambda box=box: page(GROUND + pdfs.TEXT, MediaBox=box))
    if what in ("a stamp", "a receipt", "a slide 16:9", "a ribbon"):
        enter_file(f"size: {what}, turned", lambda box=box: page(GROUND, MediaBox=box, Rotate=90))


@file("box: inherited with resources and rotation")
def inherited() -> Pdf:
    pdf = page()
    tree, first = pdf.Root.Pages, pdf.pages[0].obj
    tree.MediaBox, tree.CropBox, tree.Rotate = Array([0, 0, 842, 595]), Array([10, 10, 800, 500]), 270
    tree.Resources = first.Resources
    del first.MediaBox, first.Resources
    return pdf


@file("box: every page another one")
def mixed() -> Pdf:
    pdf = pikepdf.new()
    for size in ((595, 842), (842, 595), (100, 100), (960, 540)):
        pdf.add_blank_page(page_size=size)
    return pdf


@file("box: none")
def no_box() -> Pdf:
    pdf = page()
    del pdf.pages[0].obj.MediaBox
    return pdf


@file("box: without a size", Flaw.UNMARKABLE)
def empty_box() -> Pdf:
    return page(MediaBox=Array([0, 0, 0, 0]))


@file("box: of names")
def box_of_names() -> Pdf:
    return page(MediaBox=Array([Name.A, Name.B, Name.C, Name.D]))


@file("box: too far out to calculate with", Flaw.UNMARKABLE)
def far_out() -> Pdf:
    return page(MediaBox=Array([9_000_000, 9_000_000, 9_000_595, 9_000_842]))
