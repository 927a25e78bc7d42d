"""Erases a person's details from the log. The leaves stay, so every root, checkpoint and receipt stays valid."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words
from trustcenter.audit.actions import Action
from trustcenter.audit.changes import Change, change
from trustcenter.audit.models import Detail, Record

BATCH = 500
# What makes a request the actor's own.
THEIRS = (Action.REQUEST_OPENED, Action.REQUEST_SIGNED)

# What the clock erases.
SIGN_INS, REFUSED, OBJECTIONS = "sign_ins", "refused_requests", "objections"
KINDS = {
    SIGN_INS: _("sign-ins that have been kept long enough"),
    REFUSED: _("requests without access that have been kept long enough"),
    OBJECTIONS: _("objections that have been kept long enough"),
}
words.register("whom", {"": _("an address without an account")} | KINDS)
words.register("by", {"": _("The trust center")})


@dataclass(frozen=True)
class Whom:
    """Whose words are erased: the id of an account, or "", and an address that the person has proven.

    `subjects` are the log's names of their rows that only packages above this one know. Typed texts never identify a
    person: erasing a person named like a document once erased other people's records.
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
    """Whether a detail has the person's id or address in a field for ids and addresses, not in typed text."""
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
    """Erases the details of the records that `find` finds, and returns the record of the erasure.

    Returns None if there are none. Erases whole details, including other people's names in them, because a digest covers
    the whole detail. The record says who erased whom, by their ids, and which numbers. It cannot be erased.
    """
    with change(by=by) as erasing:
        told = within(erasing, whom)
    return Record.objects.select_related("detail").get(number=told[0]) if told else None


def within(erasing: Change, whom: Whom) -> list[int]:
    """`erase` as a part of a larger change, of which it has to be the first record. Its number is in the list in the end."""
    told: list[int] = []
    if numbers := find(whom):
        by = erasing.by.pk if erasing.by is not None else ""
        _forget(erasing, numbers, told, by=by, whom=whom.id)
    return told


def age(numbers: list[int], kind: str) -> None:
    """Erases the details of these records because they have been kept long enough. `kind` is a code of `KINDS`."""
    if numbers:
        with change(by=None) as erasing:
            age_within(erasing, numbers, kind)


def age_within(erasing: Change, numbers: list[int], kind: str) -> None:
    """`age` as the first record of a larger change."""
    _forget(erasing, numbers, [], by="", whom=kind)


def _forget(erasing: Change, numbers: list[int], told: list[int], *, by: str, whom: str) -> None:
    erasing.record(
        Action.LOG_ERASED, by=by, whom=whom, count=len(numbers), numbers=[list(run) for run in runs(numbers)]
    )
    # The log's triggers let a detail go only for a record that is there.
    erasing.after_records(told.append)
    erasing.after_records(lambda number: _empty(numbers, number))


def _empty(numbers: list[int], told: int) -> None:
    for start in range(0, len(numbers), BATCH):
        rows = Detail.objects.filter(pk__in=numbers[start : start + BATCH], erased_by=None)
        rows.update(key=b"", body="", erased_by_id=told)


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as the first and last of each consecutive run."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found
