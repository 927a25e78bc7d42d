"""The log as people read it."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import QuerySet

from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.text import subject_of


@dataclass(frozen=True)
class Entry:
    """One record in words."""

    number: int
    at: datetime
    action: Action
    text: str
    subject: str
    tone: str
    detail: dict[str, str]


def entries(records: QuerySet[Record]) -> list[Entry]:
    """Records with their details, in the order of the query; one query."""
    return [entry(row) for row in records.select_related("detail")]


def history(subject: models.Model, *, but: tuple[Action, ...] = (), most: int = 50) -> list[Entry]:
    """What happened to one row, newest first, and no more than a page can show."""
    records = Record.objects.filter(subject=subject_of(subject)).exclude(action__in=but).order_by("-number")
    return entries(records[:most])


def entry(row: Record) -> Entry:
    """One record in words; its detail costs a query unless it was selected with it."""
    action = Action(row.action)
    # An erased one is empty.
    detail = json.loads(row.detail.body) if hasattr(row, "detail") and row.detail.body else {}
    return Entry(row.number, row.at, action, action.sentence(detail), row.subject, action.tone, detail)
