"""The lanes of the coverage chart and their documents."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from certifications.models import Certification
from certifications.models.review import months_after
from documents.models import Document
from trustcenter.site import fiscal_years as years
from trustcenter.web import dates
from trustcenter.web.templatetags.coverage import Bar, Lane

# How far a letter of the management bridges the time after a report.
BRIDGE_MONTHS = 3


def lanes(certifications: Iterable[Certification], documents: Sequence[Document]) -> list[Lane]:
    """A lane for each certification with dated evidence, then one for each other document with a period."""
    by_slug = {document.slug: document for document in documents}
    found: list[Lane] = []
    shown: set[str] = set()
    for certification in certifications:
        evidence = [by_slug[slug] for slug in certification.evidence if slug in by_slug and _is_dated(by_slug[slug])]
        if evidence:
            found.append(_lane(certification.framework.name, "", evidence))
            shown.update(document.slug for document in evidence)
    rest = [document for document in documents if document.period_start and document.slug not in shown]
    return found + [_lane(*document.in_language("title"), [document]) for document in rest]


def fiscal_years(lanes: Sequence[Lane], asked: str | None) -> dict[str, Any] | None:
    """Whether the reports cover fiscal years that start in the month `asked`, January if nothing is asked.

    None if there is no report that should cover every day.
    """
    reports = [lane for lane in lanes if lane.continuous]
    if not reports:
        return None
    month = int(asked) if asked and asked.isascii() and asked.isdecimal() and len(asked) <= 2 else 0
    known = month in MONTHS
    sentence = "" if known or asked is None else _("Choose the month in which your fiscal year starts, from 1 to 12.")
    month = month if known else 1
    today = timezone.localdate()
    return {
        "month": month,
        "months": list(MONTHS.items()),
        "sentence": sentence,
        "lanes": [(lane, years.of(lane, month, today)) for lane in reports],
    }


def _is_dated(document: Document) -> bool:
    return bool(document.period_start and document.period_end) or document.kind == Document.Kind.CERTIFICATE


def _lane(title: str, language: str, documents: Sequence[Document]) -> Lane:
    bars = [bar for bar in map(_bar, documents) if bar is not None]
    # Reports should cover every day; a test or a certificate covers its own days only.
    continuous = any(document.kind == Document.Kind.SOC2_REPORT for document in documents)
    kinds = dict.fromkeys(document.get_kind_display() for document in documents)
    warnings = [*_bridges(title, bars)] if continuous else []
    return Lane(title, ", ".join(kinds), bars, continuous=continuous, warnings=warnings, language=language)


def _bridges(title: str, bars: Sequence[Bar]) -> Iterator[str]:
    """What the time after the last report is bridged by, where auditors do not accept it."""
    reported = max((bar.end for bar in bars if not bar.letter), default=None)
    if reported is None:
        return
    bridged = max((bar.end for bar in bars if bar.letter), default=reported)
    words = {"title": title, "end": dates.in_full(reported), "months": BRIDGE_MONTHS}
    if bridged > months_after(reported, BRIDGE_MONTHS):
        yield _(
            "The bridge letter on %(title)s reaches %(days)d days past the report, more than %(months)d months. "
            "Auditors seldom accept that: ask for a newer report."
        ) % (words | {"days": (bridged - reported).days})
    elif timezone.localdate() > months_after(reported, BRIDGE_MONTHS):
        yield (
            _(
                "The last report on %(title)s ended on %(end)s, more than %(months)d months ago. A bridge letter usually "
                "reaches no further: ask when the next report comes."
            )
            % words
        )


def _bar(document: Document) -> Bar | None:
    if document.period_start and document.period_end:
        letter = document.kind == Document.Kind.BRIDGE_LETTER
        word = {Document.Kind.BRIDGE_LETTER: _("Letter"), Document.Kind.SOC2_REPORT: _("Report")}
        return Bar(
            word.get(Document.Kind(document.kind), ""), document.period_start, document.period_end, letter=letter
        )
    if document.valid_until:
        text = _("Valid to %(day)s") % {"day": dates.in_full(document.valid_until)}
        # The first day of its validity is not known; it was valid on the day of the statement.
        return Bar("", document.as_of, document.valid_until, text=text)
    return None
