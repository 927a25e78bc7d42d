"""Draws a page's annotations (comments and form fields) into the page, and keeps its links."""

from collections.abc import Iterator

from pikepdf import AcroForm, Annotation, Array, Dictionary, Name, Pdf, Stream

from documents.intake.harmless import is_place, leads_on
from documents.intake.layers import Layers

INVISIBLE, HIDDEN, PRINTED, NOT_VIEWED = 1, 2, 4, 32
PASSWORD = 1 << 13
# These show an icon or an image for something that is not in the copy.
NOT_DRAWN = (
    Name.Popup, Name.FileAttachment, Name.Movie, Name.Sound, Name.Screen, Name.RichMedia, Name("/3D"), Name.Link,
)  # fmt: skip
# The entries of a link that are kept.
LINK = {"/Type", "/Subtype", "/Rect", "/QuadPoints", "/A", "/Dest", "/Contents", "/StructParent"}


class Appearances:
    """The appearances of the annotations and fields of a file."""

    def __init__(self, pdf: Pdf, layers: Layers) -> None:
        self._layers = layers
        form = pdf.Root.get(Name.AcroForm)
        self._fields: AcroForm | None = None
        self._fonts: Dictionary | None = None
        if isinstance(form, Dictionary) and isinstance(form.get(Name.Fields), Array):
            self._fields = pdf.acroform
            self._fields.generate_appearances_if_needed()
            resources = form.get(Name.DR)
            fonts = resources.get(Name.Font) if isinstance(resources, Dictionary) else None
            self._fonts = fonts if isinstance(fonts, Dictionary) else None

    def of(self, page: Dictionary) -> Iterator[tuple[Annotation, Stream]]:
        """The appearances that a page shows on the screen, from bottom to top."""
        for annotation in annotations(page):
            flags = annotation.get(Name.F, 0)
            if isinstance(flags, int) and flags & (INVISIBLE | HIDDEN | NOT_VIEWED):
                continue
            if self._layers.hide(annotation.get(Name.OC)):
                continue
            if annotation.get(Name.Subtype) in NOT_DRAWN or not isinstance(annotation.get(Name.Rect), Array):
                continue
            appearance = self._appearance(annotation)
            if appearance is not None:
                yield Annotation(annotation), appearance

    def _appearance(self, annotation: Dictionary) -> Stream | None:
        shown = Annotation(annotation).get_appearance_stream(Name.N)
        if annotation.get(Name.Subtype) == Name.Widget and self._fields is not None:
            if not isinstance(shown, Stream):
                field = self._fields.get_field_for_annotation(Annotation(annotation))
                if (field.is_text or field.is_choice) and not field.flags & PASSWORD:
                    field.generate_appearance(Annotation(annotation))
                shown = Annotation(annotation).get_appearance_stream(Name.N)
            if isinstance(shown, Stream):
                self._add_fonts(shown)
        if not isinstance(shown, Stream) or shown.get(Name.Subtype, Name.Form) != Name.Form:
            return None
        shown.Type, shown.Subtype = Name.XObject, Name.Form
        return shown

    def _add_fonts(self, appearance: Stream) -> None:
        """Adds the form's fonts, which a field may use without listing them."""
        if self._fonts is None:
            return
        resources = appearance.get(Name.Resources)
        if not isinstance(resources, Dictionary):
            appearance.Resources = resources = Dictionary()
        own = resources.get(Name.Font)
        fonts = dict(self._fonts.items()) | (dict(own.items()) if isinstance(own, Dictionary) else {})
        resources.Font = Dictionary(fonts)


def annotations(page: Dictionary) -> list[Dictionary]:
    """The valid annotations of a page."""
    found = page.get(Name.Annots)
    return [a for a in found if isinstance(a, Dictionary)] if isinstance(found, Array) else []


def links(page: Dictionary, pages: set[tuple[int, int]]) -> list[Dictionary]:
    """The page's allowed links, internal and to web pages, without border and appearance."""
    kept = []
    for annotation in annotations(page):
        if annotation.get(Name.Subtype) != Name.Link or not isinstance(annotation.get(Name.Rect), Array):
            continue
        if not (leads_on(annotation.get(Name.A), pages) or is_place(annotation.get(Name.Dest), pages)):
            continue
        for key in set(annotation.keys()) - LINK:
            del annotation[key]
        # Without this, programs draw a border of their own.
        annotation.Border, annotation.F = Array([0, 0, 0]), PRINTED
        kept.append(annotation)
    return kept
