"""Dates: facts that are due or past their review, and dates that are missing."""

import re
from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _

from certifications.checking.facts import Facts, place
from certifications.checking.findings import Code, Finding
from certifications.models import Certification, Claim, Profile, Status
from trustcenter.web import dates

# So long before its review date a fact is due.
AHEAD = timedelta(days=30)
# An examination of a single day has no period.
TYPE_I = re.compile(r"\btype\s+(?:i|1)\b", re.IGNORECASE)


def reviews(facts: Facts) -> Iterator[Finding]:
    """Facts past their review date, and those that reach it within 30 days."""
    for where, row in facts.reviewed.items():
        if row.review_due > facts.today + AHEAD:
            continue
        words = {"name": where.name, "day": dates.in_full(row.review_due)}
        # Where the date comes from, if the row does not say it itself.
        places = (where, place(row.topic)) if isinstance(row, Claim) and not row.review_by else (where,)
        if row.review_due < facts.today:
            sentence = _("“%(name)s” passed its review date on %(day)s.") % words
            code = Code.OVERDUE
        else:
            sentence = _("“%(name)s” has to be reviewed by %(day)s.") % words
            code = Code.DUE
        what_to_do = _("Confirm that it is still true, or correct it.")
        if isinstance(row, Profile):
            what_to_do += " " + _("/.well-known/security.txt counts until that day.")
        yield Finding(code, sentence, places, what_to_do)


def missing_dates(facts: Facts) -> Iterator[Finding]:
    """Certifications whose status needs a date that is neither in them nor in their evidence."""
    for row in facts.certifications:
        where = place(row)
        words = {"name": where.name}
        match row.status:
            case Status.ATTESTED | Status.CERTIFIED if not TYPE_I.search(row.framework.name):
                papers = [facts.paper[slug] for slug in row.evidence if slug in facts.paper]
                if not _is_dated(row) and not any(paper.is_dated for paper in papers):
                    yield Finding(
                        Code.NO_DATES,
                        _("“%(name)s” has no period and no end date, and neither does its evidence.") % words,
                        (where, *(paper.place for paper in papers[:1])),
                        _("Enter the reporting period, or the day until which it is valid."),
                    )
            case Status.IN_PROGRESS if row.stage and not row.target:
                yield Finding(
                    Code.NO_TARGET,
                    _("“%(name)s” is in progress and has a stage, but no target date.") % words,
                    (where,),
                    _("Enter the target date, or remove the stage."),
                )
            case Status.IN_PROGRESS if row.target and row.target < facts.today:
                yield Finding(
                    Code.TARGET_PASSED,
                    _("“%(name)s” is in progress, but its target date was %(day)s.")
                    % (words | {"day": dates.in_full(row.target)}),
                    (where,),
                    _("Enter the new target date, or the status that it has reached."),
                )


def _is_dated(row: Certification) -> bool:
    return bool(row.valid_until or row.period_end)
