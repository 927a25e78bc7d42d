"""Who holds what as a table, for the CSV file and the command."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from ndaflow.desk.review.listing import Holding, why
from trustcenter.audit.text import utc_text


def head() -> list[str]:
    """The names of the columns."""
    return [
        *(_("Company"), _("Company confirmed"), _("Name"), _("E-mail"), _("Document"), _("Level")),
        *(_("Open since"), _("Open until"), _("Why"), _("Last read"), _("Answer"), _("Answered by"), _("Answered")),
    ]


def rows(holdings: Iterable[Holding]) -> Iterator[list[str]]:
    """One row for each document that a person holds; instants in UTC."""
    for one in holdings:
        grant, row = one.grant, one.row
        company, level = grant.holder.company, grant.document.level
        yield [
            company.legal_name if company else "",
            _("yes") if company and company.confirmed_at else _("no"),
            grant.holder.name,
            grant.holder.email,
            grant.document.title,
            level.name if level else "",
            utc_text(grant.starts_at),
            utc_text(grant.ended_at or grant.ends_at),
            why(one),
            _instant(one.last_read),
            answer(one),
            str(row.answered_by) if row and row.answered_by else "",
            _instant(row.answered_at if row else None),
        ]


def answer(holding: Holding) -> str:
    """What was said about it: the answer, how it ended without one, or nothing yet."""
    if holding.row is not None and holding.row.answer:
        return str(holding.row.get_answer_display())
    if holding.is_open:
        return ""
    return str(holding.grant.get_end_display() or _("Ended"))


def _instant(value: datetime | None) -> str:
    return utc_text(value) if value else ""
