"""/overview.pdf: security and compliance on one sheet of paper, to print and to attach."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from certifications import posture
from documents.models import Document
from trustcenter.web import printing
from trustcenter.web.public_pages import Edition, edition, public_page_with

STYLE = Path(__file__).with_name("one_page.css").read_text(encoding="utf-8")
# The sizes of paper by their names in CSS.
PAPERS = {"a4": "A4", "letter": "letter"}
# A sheet has room for so many rows of each kind; the page has them all.
MOST_ROWS = 12


@public_page_with("paper")
def overview_pdf(request: HttpRequest) -> HttpResponse:
    """The sheet as it is today, on A4 or with `?paper=letter`."""
    paper = request.GET.get("paper", "a4")
    if paper not in PAPERS:
        return HttpResponse(
            _("Choose ?paper=a4 or ?paper=letter.") + "\n", status=400, content_type="text/plain; charset=utf-8"
        )
    response = HttpResponse(_sheet(edition(), paper), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="overview.pdf"'
    return response


# Printing takes as long as a hundred pages, and anybody may ask with any query: each edition is printed once.
@lru_cache(maxsize=2 * len(PAPERS))
def _sheet(current: Edition, paper: str) -> bytes:
    certifications, documents = list(posture.certifications()), list(Document.objects.select_related("level"))
    products, stated = list(posture.products()), posture.claims()
    context = {
        "profile": posture.profile(),
        "certifications": certifications[:MOST_ROWS],
        "products": products,
        "comparison": posture.comparison(products),
        "documents": documents[:MOST_ROWS],
        "not_offered": posture.not_offered(stated)[:MOST_ROWS],
        "address": settings.SITE_URL,
        "day": current[1],
        "number": current[0],
    }
    html = render_to_string("public/one_page.html", context)
    return printing.pdf(html, STYLE.replace("PAPER", PAPERS[paper]), identifier=f"{current[0]:>16}".encode()[:16])
