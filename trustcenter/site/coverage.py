"""The lanes of the coverage chart and their documents."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from certifications.models import Certification
from documents.models import Document
from trustcenter.web.templatetags.coverage import Bar, Lane
from trustcenter.web.templatetags.ui import words_of_day


def lanes(certifications: Iterable[Certification], documents: Sequence[Document]) -> list[Lane]:
    """A lane for each certification with dated evidence, then one for each other document with a period."""
    by_slug = {document.slug: document for document in documents}
    found: list[Lane] = []
    shown: set[str] = set()
    for certification in certifications:
        evidence = [by_slug[slug] for slug in certification.evidence if slug in by_slug and _is_dated(by_slug[slug])]
        if evidence:
            found.append(_lane(certification.framework.name, evidence))
            shown.update(document.slug for document in evidence)
    rest = [document for document in documents if document.period_start and document.slug not in shown]
    return found + [_lane(document.title, [document]) for document in rest]


def _is_dated(document: Document) -> bool:
    return bool(document.period_start and document.period_end) or document.kind == Document.Kind.CERTIFICATE


def _lane(title: str, documents: Sequence[Document]) -> Lane:
    bars = [bar for bar in map(_bar, documents) if bar is not None]
    # Reports should cover every day; a test or a certificate covers its own days only.
    continuous = any(document.kind == Document.Kind.SOC2_REPORT for document in documents)
    kinds = dict.fromkeys(document.get_kind_display() for document in documents)
    return Lane(title, ", ".join(kinds), bars, continuous=continuous)


def _bar(document: Document) -> Bar | None:
    if document.period_start and document.period_end:
        letter = document.kind == Document.Kind.BRIDGE_LETTER
        word = {Document.Kind.BRIDGE_LETTER: _("Letter"), Document.Kind.SOC2_REPORT: _("Report")}
        return Bar(
            word.get(Document.Kind(document.kind), ""), document.period_start, document.period_end, letter=letter
        )
    if document.valid_until:
        text = _("Valid to %(day)s") % {"day": words_of_day(document.valid_until)}
        # The first day of its validity is not known; it was valid on the day of the statement.
        return Bar("", document.as_of, document.valid_until, text=text)
    return None
