"""Makes PDFs from HTML. It loads nothing but its own arguments."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from trustcenter.web import tagging

# ISO 19005-3, with tags, with text that can be searched and copied, and with attachments of any kind.
ARCHIVAL = "pdf/a-3a"


class RefuseEverything(URLFetcher):
    """Stops the rendering if a page names any resource, so that a text cannot make the server open a connection."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        raise FatalURLFetchingError(f"A printed page may not load {url}")


# One instance for all: each one loads the machine's certificates, for connections that it refuses to make.
NOTHING = RefuseEverything()


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
    return _print(html, css, pdf_identifier=identifier)[0]


def archival_pdf(html: str, css: str, enclosures: Sequence[Enclosure] = ()) -> tuple[bytes, set[str]]:
    """The page as PDF/A-3a and PDF/UA-1, and the characters that cannot be in it: print it again without them.

    They are those that no font on this machine can draw, and those for private use, which have no meaning elsewhere.
    Every header of a table belongs to its row. Raises like `pdf`.
    """
    attachments = [
        Attachment(
            string=one.content,
            name=one.name,
            description=one.description,
            relationship=one.relationship,
            created=one.at,
            modified=one.at,
            url_fetcher=NOTHING,
        )
        for one in enclosures
    ]
    made, missing = _print(html, css, pdf_variant=ARCHIVAL, attachments=attachments)
    return tagging.completed(made), missing | {one for one in html if unicodedata.category(one) == "Co"}


def _print(html: str, css: str, **options: Any) -> tuple[bytes, set[str]]:
    fonts = FontConfiguration()
    style = CSS(string=css, font_config=fonts, url_fetcher=NOTHING)
    page = HTML(string=html, url_fetcher=NOTHING)
    document = page.render(stylesheets=[style], font_config=fonts, **options)
    made = document.write_pdf(**options)
    if made is None:
        raise RuntimeError("WeasyPrint gave no bytes")
    return made, {chr(point) for font in document.fonts.values() for point in font.missing}
