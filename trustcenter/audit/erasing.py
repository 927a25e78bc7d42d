"""Erasing a person's words from the log. The leaves stay, so every root, checkpoint and receipt stays valid."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.db.models import Q

from trustcenter.audit.actions import Action
from trustcenter.audit.changes import change
from trustcenter.audit.models import Detail, Record
from trustcenter.audit.text import subject_of

BATCH = 500
# What makes a request the actor's own.
THEIRS = (Action.REQUEST_OPENED, Action.REQUEST_SIGNED)


@dataclass(frozen=True)
class Found:
    """The records whose words name a person."""

    numbers: list[int]


def find(person: models.Model, names: Iterable[str], also: Iterable[str] = ()) -> Found:
    """Every record that the person acted in, that is about them, their requests or `also`, or that names them.

    `names` are the address and the name that they are known by. `also` holds subjects that are theirs and that only packages above this one know, as the log calls them.
    A name is looked for as whole words, one that is a single word only where it stands alone: "Max" is no reason to
    erase what Max Other did.
    """
    own = Record.objects.filter(actor=person.pk)
    theirs = {subject_of(person), *also, *own.filter(action__in=THEIRS).values_list("subject", flat=True)}
    names = set(names)
    for action, body in own.filter(detail__erased_by=None).values_list("action", "detail__body"):
        words = json.loads(body)
        names |= {words["actor"]["name"], words["actor"]["email"]} if "actor" in words else set()
        if action == Action.REQUEST_SIGNED:
            theirs.add(f"signature:{words['signature']}")
    patterns = [_pattern(name) for name in names - {""}]
    named = Q(pk=None)
    for _mention, written in patterns:
        named |= Q(body__icontains=written)
    about = Q(record__actor=person.pk) | Q(record__subject__in=theirs)
    rows = Detail.objects.filter(about | named, erased_by=None).exclude(record__action=Action.LOG_ERASED)
    numbers = [
        row.pk
        for row in rows.select_related("record").order_by("pk")
        if row.record.actor == person.pk
        or row.record.subject in theirs
        or any(mention.search(row.body) for mention, _written in patterns)
    ]
    return Found(numbers)


def _pattern(name: str) -> tuple[re.Pattern[str], str]:
    """How a name is recognised in a body, and a text that every body with it holds."""
    # JSON as it was written: a quote in a name has a backslash before it.
    written = json.dumps(name, ensure_ascii=False)
    if " " in name or "@" in name:
        written = written[1:-1]
        return re.compile(rf"(?<!\w){re.escape(written)}(?!\w)", re.IGNORECASE), written
    return re.compile(re.escape(written), re.IGNORECASE), written


def erase(person: models.Model, names: Iterable[str], also: Iterable[str] = ()) -> Record | None:
    """Empties the details of the records that `find` finds, and answers the record that says so.

    None when there are none. Takes whole details, other people's names in them included: a digest covers all of its
    words or none. The record names numbers only, and stays.
    """
    with change(by=None) as erasing:
        numbers = find(person, names, also).numbers
        if not numbers:
            return None
        erasing.record(
            Action.LOG_ERASED,
            subject=person,
            count=len(numbers),
            numbers=[list(run) for run in runs(numbers)],
        )
        told: list[int] = []
        # The log's triggers let a detail go only for a record that is there.
        erasing.after_records(told.append)
        erasing.after_records(lambda number: _empty(numbers, number))
    return Record.objects.select_related("detail").get(number=told[0])


def _empty(numbers: list[int], told: int) -> None:
    for start in range(0, len(numbers), BATCH):
        rows = Detail.objects.filter(pk__in=numbers[start : start + BATCH], erased_by=None)
        rows.update(key=b"", body="", erased_by_id=told)


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Rising numbers as first and last of each unbroken run."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found
