"""Files for the tests of the mark: hostile files of each kind that has hidden a mark in some program, and everyday files.

Each file has a name, "kind: content". `REFUSED` has the flaws of the files that are not accepted.
"""

from collections.abc import Callable

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from documents.intake.flaws import Flaw
from tests.documents import pdfs

Maker = Callable[[], Pdf | bytes]
FILES: dict[str, Maker] = {}
REFUSED: dict[str, Flaw] = {}


def file(name: str, flaw: Flaw | None = None) -> Callable[[Maker], Maker]:
    """Adds the file that the decorated function returns."""

    def enter(make: Maker) -> Maker:
        enter_file(name, make, flaw)
        return make

    return enter


def enter_file(name: str, make: Maker, flaw: Flaw | None = None) -> None:
    assert name not in FILES, name
    FILES[name] = make
    if flaw:
        REFUSED[name] = flaw


def data(name: str) -> bytes:
    """The bytes of the file with that name."""
    made = FILES[name]()
    return made if isinstance(made, bytes) else pdfs.saved(made)


def page(content: bytes = pdfs.TEXT, **entries: object) -> Pdf:
    """A PDF with one A4 page with this content, and these entries in the page's dictionary."""
    pdf = pdfs.with_pages(content)
    for key, value in entries.items():
        pdf.pages[0].obj[f"/{key}"] = value
    return pdf


def with_resources(content: bytes, make: Callable[[Pdf], dict[str, Dictionary]]) -> Pdf:
    """A PDF with one page with additional resources by category."""
    pdf = page(content)
    for category, entries in make(pdf).items():
        pdf.pages[0].obj.Resources[f"/{category}"] = entries
    return pdf


def form(pdf: Pdf, content: bytes, box: tuple[float, ...] = (0, 0, 595, 842), **entries: object) -> Stream:
    made = Stream(pdf, content)
    made.Type, made.Subtype, made.BBox = Name.XObject, Name.Form, Array(box)
    for key, value in entries.items():
        made[f"/{key}"] = value
    return made


from tests.documents.corpus import annotations, boxes, broken, contents, everyday, fields, layers, refused, resources  # noqa: E402, F401
