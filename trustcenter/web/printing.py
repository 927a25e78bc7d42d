"""Makes PDFs from HTML. It loads nothing but its own arguments."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trustcenter.web.layout import Printed

# ISO 19005-3, with tags, with text that can be searched and copied, and with attachments of any kind.
ARCHIVAL = "pdf/a-3a"


@dataclass(frozen=True, kw_only=True)
class Enclosure:
    """A file inside a PDF. `relationship` as in ISO 32000-2, 7.11.3."""

    name: str
    content: str | bytes
    description: str
    relationship: str
    at: datetime


def pdf(html: str, css: str, identifier: bytes | None = None) -> bytes:
    """The page as PDF bytes. Raises FatalURLFetchingError (a BaseException) if the page names a resource.

    With an `identifier` of 16 bytes the same input gives the same output.
    """
    return _laid_out(html, css, pdf_identifier=identifier).pdf


def on_one_sheet(attempts: Iterable[tuple[str, str]], identifier: bytes) -> bytes:
    """The first pair of HTML and CSS that fits on one sheet, or else the last one, as `pdf` makes it."""
    for html, css in attempts:
        made = _laid_out(html, css, pdf_identifier=identifier)
        if made.pages == 1:
            break
    return made.pdf


def archival_pdf(html: str, css: str, enclosures: Sequence[Enclosure] = ()) -> tuple[bytes, set[str]]:
    """The page as PDF/A-3a and PDF/UA-1, and the characters that cannot be in it: print it again without them.

    They are those that no font on this machine can draw, and those for private use, which have no meaning elsewhere.
    Every header of a table belongs to its row. Raises like `pdf`.
    """
    # As in _laid_out: pikepdf is loaded by who needs it.
    from trustcenter.web import tagging

    made = _laid_out(html, css, enclosures, pdf_variant=ARCHIVAL)
    return tagging.completed(made.pdf), made.missing | {one for one in html if unicodedata.category(one) == "Co"}


def _laid_out(html: str, css: str, enclosures: Sequence[Enclosure] = (), **options: Any) -> "Printed":
    # Every process imports this module with the pages, and most of them never print one.
    from trustcenter.web import layout

    return layout.laid_out(html, css, enclosures, **options)
