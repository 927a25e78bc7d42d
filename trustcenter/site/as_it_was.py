"""The public side as it was on a day: the revision that the day ended with."""

from datetime import date

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from certifications.history import past, revising
from certifications.models import PostureRevision
from documents.models import Document, Level


class NoSuchDay(Exception):
    """There is nothing for what was asked. The text is the sentence for the reader; `status` is that of the answer."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def asked(request: HttpRequest) -> PostureRevision | None:
    """The revision that `?as_of=2026-03-01` names; None if the request names no day. Raises NoSuchDay."""
    typed = request.GET.get("as_of")
    if typed is None:
        return None
    day = _day(typed)
    if day is None:
        raise NoSuchDay(_("Write the day as year, month and day, such as ?as_of=2026-03-01."), status=400)
    if day > timezone.localdate():
        raise NoSuchDay(_("This day has not come yet."), status=400)
    found = revising.on(day)
    if found is None:
        raise NoSuchDay(_("Nothing was published here by the end of that day."), status=404)
    return found


def documents(revision: PostureRevision) -> list[Document]:
    """The documents of a revision, as rows that are in no database."""
    data = revision.data
    levels = {table["slug"]: past.row_of(Level, table, number) for number, table in enumerate(data["levels"], 1)}
    return [
        past.row_of(Document, table, number, level=levels.get(table["level"]))
        for number, table in enumerate(data["documents"], 1)
    ]


def _day(typed: str) -> date | None:
    try:
        return parse_date(typed)
    except ValueError:
        return None
