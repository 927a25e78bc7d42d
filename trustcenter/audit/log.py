"""The log's only writer, and the rule by which a row becomes a leaf."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from trustcenter.audit import facts, tree
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Head, Record
from trustcenter.audit.text import canonical, subject_of, utc_text


class NotInTransaction(Exception):
    """A record outside a transaction could be written without its change, or the change without its record."""


@dataclass(frozen=True)
class Entry:
    """One record before it has its number: what goes into the tree, and the detail that can be erased.

    `facts` are those of the rows that the change wrote, by their subject; None for a row that it deleted.
    """

    action: Action
    actor: str
    subject: str
    body: str
    facts: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)


def entry(
    action: Action, *, actor: models.Model | None, subject: models.Model | None, data: Mapping[str, Any]
) -> Entry:
    """A record of what `actor` did, or the trust center itself where there is none.

    People in `data` are kept as their id, name and address; everything else has to be JSON.
    """
    words = {key: person_of(value) if is_person(value) else value for key, value in data.items()}
    # The detail of an erasing is never erased, so it names nobody.
    if actor is not None and action != Action.LOG_ERASED:
        words = {"actor": person_of(actor)} | words
    return Entry(
        action=action,
        actor=actor.pk if actor is not None else "",
        subject=subject_of(subject) if subject is not None else "",
        body=canonical(words),
    )


def append(entries: Sequence[Entry]) -> int:
    """Appends records in one go and returns the number of the first; `audit.change` calls it, last in its transaction.

    Holds the log's one lock until commit. Raises NotInTransaction outside of a transaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"{entries[0].action} was recorded outside a transaction")
    with connection.cursor() as cursor:
        frontier = _locked_head(cursor)
        first, at = frontier.size, timezone.now()
        rows = [_leaf(one, first + place, at, frontier) for place, one in enumerate(entries)]
        _append(cursor, rows, frontier)
    return first


def _leaf(one: Entry, number: int, at: datetime, frontier: tree.Frontier) -> tuple[Record, bytes, str]:
    key = secrets.token_bytes(32)
    row = Record(
        number=number,
        at=at,
        action=one.action,
        actor=one.actor,
        subject=one.subject,
        facts=facts.written(one.facts, key),
        detail_digest=detail_digest(key, one.body),
    )
    row.root = frontier.append(tree.leaf_hash(leaf_data(row)))
    return row, key, one.body


def is_person(value: object) -> bool:
    return isinstance(value, AbstractBaseUser)


def person_of(person: Any) -> dict[str, str]:
    """How a detail names a person."""
    return {"id": person.pk, "name": person.name, "email": person.email}


# Written out, because everyone else who writes waits while these run: compiling them each time would take longer.
LOCKED_HEAD = "SELECT size, frontier FROM audit_head WHERE id = 1"
APPENDED = (
    "INSERT INTO audit_record (number, at, action, actor, subject, facts, detail_digest, root) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
DETAILED = "INSERT INTO audit_detail (record_id, key, body) VALUES (%s, %s, %s)"
MOVED = "UPDATE audit_head SET size = %s, frontier = %s WHERE id = 1"


def _locked_head(cursor: CursorWrapper) -> tree.Frontier:
    """The tree as it stands, locked until commit; where the database has no such lock, its transaction is one."""
    locking = " FOR UPDATE" if connection.features.has_select_for_update else ""
    while True:
        cursor.execute(LOCKED_HEAD + locking)
        if found := cursor.fetchone():
            return tree.Frontier(found[0], bytes(found[1]))
        Head.objects.get_or_create(id=1)


def _append(cursor: CursorWrapper, rows: Sequence[tuple[Record, bytes, str]], frontier: tree.Frontier) -> None:
    """All rows of all records, in one journey where the database takes that."""
    statements: list[tuple[str, list[Any]]] = []
    for row, key, body in rows:
        at = connection.ops.adapt_datetimefield_value(row.at)
        record = [row.number, at, str(row.action), row.actor, row.subject, row.facts, row.detail_digest, row.root]
        statements += [(APPENDED, record), (DETAILED, [row.number, key, body])]
    statements.append((MOVED, [frontier.size, frontier.packed()]))
    if connection.vendor == "postgresql":
        cursor.execute(
            "; ".join(text for text, _ in statements), [value for _, values in statements for value in values]
        )
    else:
        for text, values in statements:
            cursor.execute(text, values)


def leaf_data(row: Record) -> bytes:
    """The exact bytes under a leaf: canonical JSON of the record's public columns."""
    leaf = canonical(
        {
            "action": str(row.action),
            "actor": row.actor,
            "at": utc_text(row.at),
            "detail": bytes(row.detail_digest).hex(),
            "facts": {},
            "number": row.number,
            "subject": row.subject,
        }
    )
    # The facts were written in the same spelling; parsing them to write them again would take most of the time.
    return (leaf.replace('"facts":{}', f'"facts":{row.facts}', 1) if row.facts else leaf).encode()


def detail_digest(key: bytes, body: str) -> bytes:
    """HMAC-SHA256, so that an erased detail cannot be guessed back from its leaf."""
    return hmac.digest(key, body.encode(), hashlib.sha256)
