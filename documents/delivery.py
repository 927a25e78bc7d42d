"""One marked download: the door, the log, the copy, in this order."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.access import Admission, Refused, admission
from documents.copy_digest import CopyDigest
from documents.marks import second_mark
from documents.marks.marking import Mark, patched
from documents.models import Delivery, Document, DocumentVersion
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.vault import files as vault
from trustcenter.web import throttle
from trustcenter.work.ids import ALPHABET

# Small enough that downloads at once do not show, large enough that the loop costs nothing.
CHUNK = 256 * 1024
# What one person may begin, readings included: twenty documents, each three times over a line that breaks.
MOST, WITHIN = 60, timedelta(hours=1)
# Written out, because the first byte waits for it: compiling it each time takes three times as long as asking.
BEGUN = "SELECT COUNT(*) FROM documents_delivery WHERE reader_id = %s AND started_at > %s"


class TooMany(Refused):
    """The reader has begun more than people do. Not in the log, which is for keeps and not to be filled by one person."""


@dataclass(frozen=True)
class Copy:
    """A copy on its way: its row, the name to save it under, its length in bytes, and the bytes."""

    delivery: Delivery
    filename: str
    size: int
    chunks: Iterator[bytes]


def deliver(slug: str, *, reader: User, session_key: str) -> Copy:
    """A copy of the document called `slug`, marked for `reader`, whose delivery is in the log before its first byte is made.

    Raises Refused where the door is shut, which is in the log too; TooMany; `marking.Unmarkable` and `vault.Damaged`
    where the stored file is not what it should be, and then nothing leaves.
    """
    must_not_be_too_many(reader)
    try:
        with transaction.atomic(durable=True):
            now = timezone.now()
            admitted = admission(reader, slug, now, hold=True)
            version, document = admitted.version, admitted.version.document
            if version.reading_copy is None:
                raise vault.Damaged(f"version {version.pk} has no reading copy")
            delivery = begin(Delivery.Kind.DOWNLOAD, admitted, reader, session_key, now, version.reading_copy.size)
            # Read from front to back, so one MiB in memory is enough.
            reader_of_copy = vault.open(version, "reading_copy", kept=1)
            digest = CopyDigest(version.reading_copy.pk, _mark_offset(version))
            marked = patched(reader_of_copy, delivery.size, version.mark_slots, mark_of(delivery), CHUNK)
            record(
                Action.DELIVERY_STARTED,
                actor=reader,
                subject=delivery,
                document=document.title,
                code=delivery.code,
            )
    except Refused as refusal:
        refused(slug, reader, refusal)
        raise
    return Copy(
        delivery=delivery,
        filename=f"{slug}-v{version.number}-{delivery.code}.pdf",
        size=delivery.size,
        chunks=_leaving(delivery, document, reader_of_copy, marked, digest),
    )


def must_not_be_too_many(reader: User) -> None:
    """Raises TooMany where the reader has begun enough downloads and readings for now.

    Counts the deliveries there are: a count of its own would be a second write before the first byte.
    """
    with connection.cursor() as cursor:
        since = connection.ops.adapt_datetimefield_value(timezone.now() - WITHIN)
        cursor.execute(BEGUN, [reader.pk, since])
        if cursor.fetchone()[0] >= MOST:
            raise TooMany(_("You have opened very many documents in a short time. Please try again in an hour."))


def begin(
    kind: Delivery.Kind, admitted: Admission, reader: User, session_key: str, at: datetime, size: int
) -> Delivery:
    """The row of a delivery that begins at the instant `at` with a file of `size` bytes, and its new mark."""
    holder = admitted.grant.holder
    return Delivery.objects.create(
        kind=kind,
        code=new_code(),
        grant=admitted.grant,
        version=admitted.version,
        reader=reader,
        printed_email=holder.email,
        printed_company=holder.company.legal_name if holder.company else "",
        session_hash=hash_of_session(session_key),
        mark_bits=second_mark.new_bits(),
        started_at=at,
        size=size,
    )


def hash_of_session(session_key: str) -> str:
    """Tells one session from another, and opens none."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def refused(slug: str, reader: User, refusal: Refused) -> None:
    """Puts into the log that the door stayed shut, and why."""
    # Not without end: the log is for keeps, and a person could knock all day.
    if not throttle.allow_key("delivery-refused", limit=20, seconds=3600, key=reader.pk):
        return
    with transaction.atomic(durable=True):
        document = Document.objects.get(slug=slug)
        record(Action.DELIVERY_REFUSED, actor=reader, subject=document, document=document.title, reason=str(refusal))


def mark_of(delivery: Delivery) -> Mark:
    """The mark as it was printed on this copy, whatever its reader is called today."""
    return Mark(
        email=delivery.printed_email,
        company=delivery.printed_company,
        at=delivery.started_at,
        code=delivery.code,
        cells=second_mark.picture(bytes(delivery.mark_bits)),
        note=_("For the named reader only, please do not pass on"),
    )


def new_code() -> str:
    """A copy code to read out, as 7F3K-2QXW-9B4T: 12 characters of Crockford's base 32 (60 bits)."""
    code = "".join(secrets.choice(ALPHABET) for _place in range(12)).upper()
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def _mark_offset(version: DocumentVersion) -> int:
    return min((slot["offset"] for slot in version.mark_slots), default=0)


def _leaving(
    delivery: Delivery, document: Document, source: BinaryIO, marked: Iterator[bytes], digest: CopyDigest
) -> Iterator[bytes]:
    """The marked bytes; the last of them leave only once the hash of all is committed."""
    left = delivery.size
    with source:
        for chunk in marked:
            digest.update(chunk)
            left -= len(chunk)
            if not left:
                _finish(delivery, document, digest.hexdigest())
            yield chunk


def _finish(delivery: Delivery, document: Document, sha256: str) -> None:
    with transaction.atomic(durable=True):
        delivery.sha256, delivery.finished_at = sha256, timezone.now()
        delivery.save(update_fields=["sha256", "finished_at"])
        record(
            Action.DELIVERY_FINISHED,
            actor=delivery.reader,
            subject=delivery,
            document=document.title,
            code=delivery.code,
            sha256=sha256,
        )
