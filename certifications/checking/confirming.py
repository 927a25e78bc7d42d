"""The step by which an editor says that a public fact is still true."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from certifications.checking.dates import AHEAD
from certifications.checking.refusals import Refusal
from certifications.models import Reviewed
from certifications.public_sections import COMPANY, LISTS
from certifications.sections import Section
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.text import digest

# The parts whose rows have a review date.
SECTIONS: dict[str, Section] = {
    section.name: section for section in (COMPANY, *LISTS) if issubclass(section.model, Reviewed)
}


def seen(section: Section, row: Reviewed) -> str:
    """What a row says, as the page sends it back: so nobody confirms what they have not read."""
    return digest(json.dumps(section.table_of(row), cls=DjangoJSONEncoder))[:16]


def permission(section: Section) -> str:
    return f"certifications.change_{section.model._meta.model_name}"


def confirm(part: str, slug: str, *, saw: str, by: User) -> Reviewed:
    """Says that a fact is true today, and removes a review date that this answers: the usual time begins again.

    Nothing happens if somebody has confirmed it today. Raises FlowError if it is gone or says something else by now.
    """
    section = SECTIONS.get(part)
    if section is None:
        raise FlowError(Refusal.GONE)
    if not by.has_perm(permission(section)):
        raise FlowError(Refusal.NOT_EDITOR)
    model: Any = section.model
    rows = model.objects.select_for_update(no_key=True)
    with audit.change(by=by) as change:
        row: Any = (rows.filter(slug=slug) if slug else rows if section is COMPANY else rows.none()).first()
        if row is None:
            raise FlowError(Refusal.GONE)
        today = timezone.localdate()
        is_due = row.review_due <= today + AHEAD
        if row.as_of == today and not is_due:
            return row  # type: ignore[no-any-return]  # of one of the models of SECTIONS
        if saw != seen(section, row):
            raise FlowError(Refusal.OTHER_FACT)
        row.as_of = today
        if row.review_by and is_due:
            row.review_by = None
        row.save(update_fields=["as_of", "review_by"])
        change.record(Action.CONTENT_CONFIRMED, subject=row, kind=model._meta.model_name, name=str(row))
        return row  # type: ignore[no-any-return]  # as above
