"""Lays out HTML as PDF with WeasyPrint, which takes 33 MB: `printing` imports this module for the first page it prints."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from trustcenter.web.printing import Enclosure


class RefuseEverything(URLFetcher):
    """Stops the rendering if a page names any resource, so that a text cannot make the server open a connection."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        raise FatalURLFetchingError(f"A printed page may not load {url}")


# One instance for all: each one loads the machine's certificates, for connections that it refuses to make.
NOTHING = RefuseEverything()


class Printed(NamedTuple):
    """The PDF, its number of pages, and the characters that no font on this machine can draw."""

    pdf: bytes
    pages: int
    missing: set[str]


def laid_out(html: str, css: str, enclosures: Sequence[Enclosure] = (), **options: Any) -> Printed:
    """The page as it is printed. `options` are WeasyPrint's."""
    options["attachments"] = [
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
    fonts = FontConfiguration()
    style = CSS(string=css, font_config=fonts, url_fetcher=NOTHING)
    page = HTML(string=html, url_fetcher=NOTHING)
    document = page.render(stylesheets=[style], font_config=fonts, **options)
    made = document.write_pdf(**options)
    if made is None:
        raise RuntimeError("WeasyPrint gave no bytes")
    missing = {chr(point) for font in document.fonts.values() for point in font.missing}
    return Printed(made, len(document.pages), missing)
