"""HTML to PDF, without a byte from anywhere else."""

from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher


class RefuseEverything(URLFetcher):
    """Stops the rendering when a page names a resource of any kind: a text must not make the server visit it."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        raise FatalURLFetchingError(f"A printed page may not load {url}")


def pdf(html: str, css: str, identifier: bytes | None = None) -> bytes:
    """The page as PDF bytes. Raises FatalURLFetchingError (a BaseException) when it names a resource.

    With an `identifier` of 16 bytes the same input gives the same output.
    """
    fonts = FontConfiguration()
    style = CSS(string=css, font_config=fonts, url_fetcher=RefuseEverything())
    page = HTML(string=html, url_fetcher=RefuseEverything())
    made = page.write_pdf(stylesheets=[style], font_config=fonts, pdf_identifier=identifier)
    if made is None:
        raise RuntimeError("WeasyPrint gave no bytes")
    return made
