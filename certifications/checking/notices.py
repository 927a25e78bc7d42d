"""Subprocessors that will start without the notice that we promise."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from certifications.checking.facts import Facts, place
from certifications.checking.findings import Code, Finding
from certifications.models import Subprocessor
from trustcenter.web import dates


def notices(facts: Facts) -> Iterator[Finding]:
    """Coming subprocessors without a day of notice, or with fewer days than the profile promises."""
    promised = (facts.profile.notice_days or 0) if facts.profile else 0
    for row in facts.subprocessors:
        if row.effective is None or row.state != Subprocessor.State.ANNOUNCED:
            continue
        words = {"name": row.name, "day": dates.in_full(row.effective), "promised": promised, "days": row.notice_days}
        if row.announced is None:
            yield Finding(
                Code.NOTICE,
                _("%(name)s starts on %(day)s, and nothing says when customers were told.") % words,
                (place(row),),
                _("Announce it, and enter the day."),
            )
        elif row.notice_days is not None and row.notice_days < promised:
            yield Finding(
                Code.NOTICE,
                _("%(name)s starts on %(day)s, %(days)s days after its notice. We promise %(promised)s.") % words,
                (place(row),),
                _("Move its start to a later day, or correct the days."),
            )
