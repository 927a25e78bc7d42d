"""/products.pdf: the products by topics on one sheet of A4, to print and to attach."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from certifications import about, posture
from trustcenter.web import printing
from trustcenter.web.public_pages import Edition, edition, public_page

STYLE = Path(__file__).with_name("products_sheet.css").read_text(encoding="utf-8")
# A sheet has room for so many columns; the page has all products.
MOST_PRODUCTS = 6
# Points of the type, each with or without the texts beside the words: the first that fits on one sheet is printed.
ATTEMPTS = ((8.6, True), (7.6, True), (6.8, True), (8.6, False), (6.8, False), (5.6, False))


@public_page
def products_pdf(request: HttpRequest) -> HttpResponse:
    """The sheet as it is today."""
    response = HttpResponse(_sheet(edition()), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="products.pdf"'
    return response


# Printing takes as long as a hundred pages, and anybody may ask with any query: each edition is printed once.
@lru_cache(maxsize=2)
def _sheet(current: Edition) -> bytes:
    found = list(posture.products())
    shown = found[:MOST_PRODUCTS]
    described = about.of(shown)
    context = {
        "profile": posture.profile(),
        "products": described,
        "left_out": found[MOST_PRODUCTS:],
        "comparison": posture.comparison(shown),
        "topics": about.by_topic(described),
        "address": settings.SITE_URL,
        "day": current[1],
        "number": current[0],
    }
    attempts = (
        (
            render_to_string("public/products_sheet.html", context | {"with_texts": with_texts}),
            STYLE.replace("SIZE", str(size)),
        )
        for size, with_texts in ATTEMPTS
    )
    return printing.on_one_sheet(attempts, identifier=f"{current[0]:>16}".encode()[:16])
