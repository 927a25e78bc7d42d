"""/answers.csv and /answers.xlsx: all answers as a table, for those who fill in a questionnaire."""

from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from certifications import posture
from certifications.models import Claim
from documents.models import Document
from trustcenter.web import spreadsheet, workbook
from trustcenter.web.public_pages import Edition, edition, public_page

# Of each column, in characters.
WIDTHS = (22, 45, 70, 28, 12, 12, 14, 36, 36, 20, 24, 36, 40)


@public_page
def answers_csv(request: HttpRequest) -> HttpResponse:
    """All answers as CSV. No cell is a formula."""
    text = "".join(spreadsheet.lines(_head(), _rows()))
    return _download(text.encode(), "text/csv; charset=utf-8", "answers.csv")


@public_page
def answers_xlsx(request: HttpRequest) -> HttpResponse:
    """The same as an Excel workbook."""
    return _download(_workbook(edition()), workbook.MEDIA_TYPE, "answers.xlsx")


def _download(body: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# Of thousands of answers it takes a second, and anybody may ask with any query: each edition is made once.
@lru_cache(maxsize=2)
def _workbook(current: Edition) -> bytes:
    return workbook.workbook(_("Answers"), _head(), _rows(), WIDTHS)


def _head() -> list[str]:
    return [
        _("Topic"),
        _("Question"),
        _("Answer"),
        _("Products"),
        _("As of"),
        _("Review by"),
        _("Past review"),
        _("Evidence"),
        _("Sources disagree with"),
        _("Certification"),
        _("Not offered"),
        _("Instead"),
        _("Address"),
    ]


def _rows() -> Iterator[list[str]]:
    claims = posture.claims()
    documents = {document.slug: document for document in Document.objects.select_related("level")}
    frameworks: dict[int | None, str] = {one.pk: one.framework.name for one in posture.certifications()}
    for claim in sorted(claims, key=lambda claim: (claim.topic.position, claim.topic.slug)):
        yield [
            claim.topic.name,
            claim.question,
            claim.answer,
            ", ".join(product.name for product in claim.products.all()) or _("All products"),
            claim.as_of.isoformat(),
            claim.review_due.isoformat(),
            _("yes") if claim.is_overdue else _("no"),
            "; ".join(_named(documents[slug]) for slug in claim.evidence if slug in documents),
            "; ".join(other.question for other in claim.contradicting),
            frameworks.get(claim.certification_id, ""),
            _not_offered(claim),
            claim.instead,
            f"{settings.SITE_URL}{reverse('site:answers')}#{claim.slug}",
        ]


def _named(document: Document) -> str:
    level = document.level.name if document.level else _("Open to nobody")
    return f"{document.title} ({level})"


def _not_offered(claim: Claim) -> str:
    if not claim.not_offered:
        return ""
    return f"{claim.not_offered}: {claim.not_offered_word or _('Not offered')}"
