"""Small audit logs for the tests, and their tampering."""

import re
from typing import Any

from django.db import models

from trustcenter import audit
from trustcenter.audit import checkpoints, offline, state, triggers
from trustcenter.audit.actions import Action
from trustcenter.audit.log import detail_digest, leaf_data
from trustcenter.audit.models import Checkpoint, Record
from trustcenter.audit.text import canonical
from trustcenter.audit.tree import Frontier, leaf_hash
from trustcenter.audit.verify import verify


def record(
    action: Action, *, actor: models.Model | None = None, subject: models.Model | None = None, **data: Any
) -> Record:
    """Writes one record in its own change."""
    with audit.change(by=actor) as change:
        change.record(action, subject=subject, **data)
    return Record.objects.select_related("detail").latest("number")


def write(count: int) -> None:
    for number in range(count):
        record(Action.PAGE_SHARED, actor=None, subject=None, email=f"p{number}@example.com")


def signed(count: int) -> Checkpoint:
    """A checkpoint over this many new records and the record of the key."""
    write(count)
    made = checkpoints.make()
    assert made is not None
    return made


def read(made: Checkpoint) -> offline.Checkpoint:
    return offline.read_checkpoint(made.note)


def keys(made: Checkpoint) -> list[offline.Key]:
    return [offline.read_key(made.verifier_key)]


def as_owner(*statements: str) -> None:
    """Removes the triggers, as the database's owner can."""
    from django.db import connection

    triggers.drop(connection)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rebuild() -> None:
    """Makes the log consistent again after tampering: numbers, digests, roots, stored roots and the head."""
    from trustcenter.audit.models import Detail, Head, Subtree

    rows = list(Record.objects.select_related("detail").order_by("number"))
    bodies = [(row.detail.key, row.detail.body) for row in rows]
    Detail.objects.all().delete()
    Record.objects.all().delete()
    Subtree.objects.all().delete()
    grown = Frontier()
    for number, (row, (key, body)) in enumerate(zip(rows, bodies, strict=True)):
        row.number, row.detail_digest = number, detail_digest(bytes(key), body)
        row.root = grown.append(leaf_hash(leaf_data(row)))
        row.save(force_insert=True)
        Detail(record=row, key=key, body=body).save(force_insert=True)
    for level, index, root in grown.completed:
        Subtree.objects.create(level=level, index=index, root=root)
    Head.objects.update_or_create(id=1, defaults={"size": grown.size, "frontier": grown.packed()})


def words(**data: str) -> str:
    return canonical(data)


# Differences that are due to tests which create people and documents without flows.
BY_FLOWS = (
    "company:",
    "listed",
    "review",
    "accessgrant",
    "accessrequest",
    "requesteddocument",
    "decision",
    "signature",
    "agreementversion",
)


def differing() -> list[str]:
    """The rows written by flows that differ from the log."""
    found = map(str, state.differences(verify().told))
    # The tests' clock moves the ends of grants without a step, which is noticed as well.
    return [one for one in found if one.startswith(BY_FLOWS) and not re.search("(starts|ends)_at", one)]
