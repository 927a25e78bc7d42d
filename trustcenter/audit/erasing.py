"""Erasing a person's words from the log. The leaves stay, so every root, checkpoint and receipt stays valid."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words
from trustcenter.audit.actions import Action
from trustcenter.audit.changes import change
from trustcenter.audit.models import Detail, Record

BATCH = 500
# What makes a request the actor's own.
THEIRS = (Action.REQUEST_OPENED, Action.REQUEST_SIGNED)

words.register("whom", {"": _("an address without an account")})


@dataclass(frozen=True)
class Whom:
    """Whose words are erased: the id of an account, or "", and an address that the person has proven.

    `subjects` are rows of theirs that only packages above this one know, as the log calls them. Nothing that anybody can
    type identifies a person: somebody named like a document once erased what others did.
    """

    id: str
    address: str
    subjects: frozenset[str] = frozenset()


def find(whom: Whom) -> list[int]:
    """The numbers of the records that the person acted in, that are about them or their rows, or that hold their id or
    address."""
    own = Record.objects.filter(actor=whom.id) if whom.id else Record.objects.none()
    theirs = {*whom.subjects, *own.filter(action__in=THEIRS).values_list("subject", flat=True)}
    theirs |= {f"user:{whom.id}"} if whom.id else set()
    # Every body that holds the address or the id, among others.
    holds = Q(body__icontains=json.dumps(whom.address, ensure_ascii=False))
    about = Q(record__subject__in=theirs)
    if whom.id:
        holds |= Q(body__contains=json.dumps(whom.id))
        about |= Q(record__actor=whom.id)
    rows = Detail.objects.filter(about | holds, erased_by=None).exclude(record__action=Action.LOG_ERASED)
    return [
        row.pk
        for row in rows.select_related("record").order_by("pk")
        if (whom.id and row.record.actor == whom.id)
        or row.record.subject in theirs
        or _names(json.loads(row.body), whom)
    ]


def _names(value: Any, whom: Whom) -> bool:
    """Whether a detail holds the person's id or address where ids and addresses are kept, and not in what people typed."""
    match value:
        case dict():
            if whom.id and value.get("id") == whom.id:
                return True
            if str(value.get("email", "")).lower() == whom.address:
                return True
            return any(_names(part, whom) for part in value.values())
        case list():
            return any(_names(part, whom) for part in value)
    return False


def erase(whom: Whom, *, by: models.Model) -> Record | None:
    """Empties the details of the records that `find` finds, and answers the record that says so.

    None when there are none. Takes whole details, other people's names in them included: a digest covers all of its
    words or none. The record says who erased whom by their ids, and which numbers, and stays.
    """
    with change(by=by) as erasing:
        numbers = find(whom)
        if not numbers:
            return None
        erasing.record(
            Action.LOG_ERASED,
            by=by.pk,
            whom=whom.id,
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
