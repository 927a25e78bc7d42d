"""The log as people read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from trustcenter.audit import words
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.text import subject_of
from trustcenter.work.ids import short


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


def entry(row: Record, people: Mapping[str, str] | None = None) -> Entry:
    """One record in words; its detail costs a query unless it was selected with it.

    `people` are the names of those who erased, by id: the record of an erasure holds ids alone.
    """
    action = Action(row.action)
    # An erased one is empty.
    detail = json.loads(row.detail.body) if hasattr(row, "detail") and row.detail.body else {}
    said = _of_erasure(detail, people or {}) if action is Action.LOG_ERASED else detail
    return Entry(row.number, row.at, action, action.sentence(said), row.subject, action.tone, detail)


def _of_erasure(detail: dict[str, Any], people: Mapping[str, str]) -> dict[str, Any]:
    """The detail with words for the ids of accounts in it."""
    said = dict(detail)
    if (by := detail.get("by")) and not words.has_label("by", by):
        said["by"] = people.get(by) or _("Account %(id)s") % {"id": short(by)}
    if (whom := detail.get("whom")) and not words.has_label("whom", whom):
        said["whom"] = _("a person who was erased (account %(id)s)") % {"id": short(whom)}
    return said
