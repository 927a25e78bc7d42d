"""Rebuilds the pages of a PDF so that nothing in them can hide, move or switch off what is drawn after them.

A page may contain anything: content that never ends or leaves its state open, redefined colours, annotations and fields
above everything, boxes outside of each other. Therefore its whole content becomes one form with the page's resources,
annotations are drawn into the page, and the page itself is written again.
"""

import copy
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream

from documents.intake import pictures, structure
from documents.intake.annotations import Appearances, links
from documents.intake.layers import Layers, remove
from documents.intake.sheets import Sheet, inherited, sheet_of

# The entries of a page that are kept. Others, such as a thumbnail or more boxes, change how it is shown or printed.
PAGE = {"/Type", "/Parent", "/StructParents", "/Tabs"}
PACKING = {"/Length", "/Filter", "/DecodeParms"}
BLENDING = (Name.DeviceRGB, Name.DeviceCMYK, Name.DeviceGray)


@dataclass(frozen=True)
class Rebuilt:
    """A page without content. `content` draws everything that the original page showed, from named forms."""

    page: Dictionary
    sheet: Sheet
    content: bytes
    forms: dict[str, Object]


def rebuild(pdf: Pdf) -> list[Rebuilt]:
    """Rebuilds every page. Raises Unmarkable for a page without a size."""
    pages = list(pdf.pages)
    ids = {page.obj.objgen for page in pages}
    layers = Layers(pdf)
    appearances = Appearances(pdf, layers)
    kept: set[tuple[int, int]] = set()
    rebuilt, moved = [], {}
    for page in pages:
        pictures.take_out_of_the_text(page)
        made = _rebuilt(pdf, page, appearances)
        shown = links(page.obj, ids)
        kept |= {link.objgen for link in shown if link.is_indirect}
        _write(made, page, shown)
        moved[page.obj.objgen] = made.forms["/P"]
        rebuilt.append(made)
    structure.lead_to(pdf, moved, kept)
    if Name.AcroForm in pdf.Root:
        del pdf.Root.AcroForm
    for page in pages:
        _forget_inherited(page.obj)
    remove(pdf, layers)
    pictures.empty_the_impossible(pdf)
    return rebuilt


def _rebuilt(pdf: Pdf, page: Page, appearances: Appearances) -> Rebuilt:
    sheet = sheet_of(page.obj)
    # Before it becomes a form: in some programs, open marked content continues after the form.
    open_ = _left_open(page)
    forms: dict[str, Object] = {"/P": _form(pdf, page, sheet)}
    content = b"q /P Do Q" + b" EMC" * open_ + b"\n"
    for number, (annotation, appearance) in enumerate(appearances.of(page.obj)):
        name = f"/A{number}"
        drawn = annotation.get_page_content_for_appearance(Name(name), sheet.turned, 0, 0)
        if drawn:
            forms[name] = appearance
            # A highlight multiplies. Some programs write that into the appearance, and others imply it.
            content += b"q /H gs %s Q\n" % drawn if annotation.subtype == Name.Highlight else drawn + b"\n"
    left, bottom, right, top = sheet.box
    clipped = b"q %.4f %.4f %.4f %.4f re W n\n%sQ\n" % (left, bottom, right - left, top - bottom, content)
    return Rebuilt(page.obj, sheet, clipped, forms)


def _left_open(page: Page) -> int:
    """The number of marked-content sequences that a page begins and does not end."""
    open_ = 0
    try:
        for instruction in pikepdf.parse_content_stream(page, "BMC BDC EMC"):
            open_ = max(0, open_ - 1) if str(instruction.operator) == "EMC" else open_ + 1
    except pikepdf.PdfError:
        return 0
    return open_


def _form(pdf: Pdf, page: Page, sheet: Sheet) -> Object:
    """The page's content as a form XObject with the resources of the page."""
    contents = page.obj.get(Name.Contents)
    if isinstance(contents, Array):
        # The streams are joined while the file is written, not in memory.
        page.contents_coalesce()
        form: Object = page.obj.Contents
    elif isinstance(contents, Stream):
        form = copy.copy(contents)
    else:
        form = Stream(pdf, b"")
    for key in set(form.keys()) - PACKING:
        del form[key]
    form.Type, form.Subtype, form.FormType = Name.XObject, Name.Form, 1
    form.BBox = Array(sheet.box)
    resources = inherited(page.obj, Name.Resources)
    form.Resources = resources if isinstance(resources, Dictionary) else Dictionary()
    if Name.StructParents in page.obj:
        form.StructParents = page.obj.StructParents
    return form


def _write(made: Rebuilt, page: Page, shown: list[Dictionary]) -> None:
    """Writes the page again without content."""
    group = made.page.get(Name.Group)
    for key in set(made.page.keys()) - PAGE:
        del made.page[key]
    made.page.MediaBox = made.page.CropBox = Array(made.sheet.whole)
    made.page.Rotate = made.sheet.turned
    darkening = Dictionary(Type=Name.ExtGState, BM=Name.Multiply)
    made.page.Resources = Dictionary(XObject=Dictionary(made.forms), ExtGState=Dictionary(H=darkening))
    if isinstance(group, Dictionary):
        made.page.Group = Dictionary(Type=Name.Group, S=Name.Transparency)
        if group.get(Name.CS) in BLENDING:
            made.page.Group.CS = group.CS
    if shown:
        made.page.Annots = Array(shown)


def _forget_inherited(page: Dictionary) -> None:
    """Removes inherited entries from the page tree, because every page now has its own."""
    node = page.get(Name.Parent)
    for _level in range(100):
        if not isinstance(node, Dictionary):
            return
        for key in (Name.Resources, Name.MediaBox, Name.CropBox, Name.Rotate):
            if key in node:
                del node[key]
        node = node.get(Name.Parent)
