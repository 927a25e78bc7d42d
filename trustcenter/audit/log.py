"""The log's only writer, and the rule by which a row becomes a leaf."""

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import tree
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Head, Record

# What the log calls the trust center itself, where no person acted.
ITSELF = _("The trust center")


class NotInTransaction(Exception):
    """A record outside a transaction could be written without its change, or the change without its record."""


def record(action: Action, *, actor: models.Model | None, subject: models.Model | None, **data: Any) -> Record:
    """Appends one leaf to the log, in the transaction of the change it tells of.

    `data` holds what the action's sentence names, as JSON values. Call it last in the transaction: it holds the
    log's one lock until commit. Raises NotInTransaction outside of one.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"{action} was recorded outside a transaction")
    body = canonical({"actor": str(actor if actor is not None else ITSELF), **data})
    key = secrets.token_bytes(32)
    row = Record(
        action=action,
        actor=actor.pk if actor is not None else "",
        subject=subject_of(subject) if subject is not None else "",
        detail_digest=detail_digest(key, body),
    )
    with connection.cursor() as cursor:
        frontier = _locked_head(cursor)
        row.number, row.at = frontier.size, timezone.now()
        row.root = frontier.append(tree.leaf_hash(leaf_data(row)))
        _append(cursor, row, key, body, frontier)
    return row


# Written out, because everyone else who writes waits while these run: compiling them each time would take longer.
LOCKED_HEAD = "SELECT size, frontier FROM audit_head WHERE id = 1"
APPENDED = (
    "INSERT INTO audit_record (number, at, action, actor, subject, detail_digest, root) VALUES (%s, %s, %s, %s, %s, %s, %s)",
    "INSERT INTO audit_detail (record_id, key, body) VALUES (%s, %s, %s)",
    "UPDATE audit_head SET size = %s, frontier = %s WHERE id = 1",
)


def _locked_head(cursor: CursorWrapper) -> tree.Frontier:
    """The tree as it stands, locked until commit; where the database has no such lock, its transaction is one."""
    locking = " FOR UPDATE" if connection.features.has_select_for_update else ""
    while True:
        cursor.execute(LOCKED_HEAD + locking)
        if found := cursor.fetchone():
            return tree.Frontier(found[0], bytes(found[1]))
        Head.objects.get_or_create(id=1)


def _append(cursor: CursorWrapper, row: Record, key: bytes, body: str, frontier: tree.Frontier) -> None:
    """All three rows, in one journey where the database takes that."""
    at = connection.ops.adapt_datetimefield_value(row.at)
    values: tuple[list[Any], ...] = (
        [row.number, at, str(row.action), row.actor, row.subject, row.detail_digest, row.root],
        [row.number, key, body],
        [frontier.size, frontier.packed()],
    )
    if connection.vendor == "postgresql":
        cursor.execute("; ".join(APPENDED), list(chain.from_iterable(values)))
    else:
        for statement, of_it in zip(APPENDED, values, strict=True):
            cursor.execute(statement, of_it)


def subject_of(subject: models.Model) -> str:
    """How the log names a row: `accessrequest:7f3k…`."""
    return f"{subject._meta.model_name}:{subject.pk}"


def leaf_data(row: Record) -> bytes:
    """The exact bytes under a leaf: canonical JSON of the record's public columns."""
    return canonical(
        {
            "action": str(row.action),
            "actor": row.actor,
            "at": utc_text(row.at),
            "detail": bytes(row.detail_digest).hex(),
            "number": row.number,
            "subject": row.subject,
        }
    ).encode()


def detail_digest(key: bytes, body: str) -> bytes:
    """HMAC-SHA256, so that an erased detail cannot be guessed back from its leaf."""
    return hmac.digest(key, body.encode(), hashlib.sha256)


def canonical(data: dict[str, Any]) -> str:
    """One spelling of a JSON object: sorted keys, no spaces, UTF-8 as it is; lazy texts and dates as strings."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def utc_text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
