"""One marked download: the file is opened, access is decided and recorded, then the copy is sent."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from documents import transfer
from documents.access import Refused, admission
from documents.copy_digest import CopyDigest
from documents.marks import second_mark
from documents.marks.marking import EmptyMarks, Mark, Unmarkable, empty_marks
from documents.models import AccessGrant, Delivery, Document, DocumentVersion
from documents.refusals import Shut
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.vault.models import StoredFile
from trustcenter.web import throttle
from trustcenter.work.ids import ALPHABET
from trustcenter.work.rows import Rows, insert

# The smallest size at which sending costs no more than with larger pieces; some of them wait in memory for each reader.
CHUNK = 256 * 1024
# The deliveries per person, including readings: enough for twenty documents, three times each on a bad connection.
MOST, WITHIN = 60, timedelta(hours=1)
# The opened version may be replaced before the transaction, but hardly twice in a row.
ATTEMPTS = 2
# Written as SQL because the first byte waits for it: Django takes longer to compile it than to run it.
BEGUN = "SELECT COUNT(*) FROM documents_delivery WHERE reader_id = %s AND started_at > %s"
READABLE = Rows(
    DocumentVersion,
    """
    SELECT {documentversion}, {reading_copy} FROM documents_documentversion documentversion
    JOIN vault_storedfile reading_copy ON reading_copy.id = documentversion.reading_copy_id
    JOIN documents_document document ON document.id = documentversion.document_id
    JOIN documents_accessgrant held ON held.document_id = document.id
    WHERE document.slug = %s AND documentversion.state = 'current'
    AND held.holder_id = %s AND held.ended_at IS NULL AND held.ends_at > %s
    """,
    reading_copy=StoredFile,
)


class TooMany(Refused):
    """The reader has begun more deliveries than people do. Not recorded: one person could fill the log with them."""


@dataclass(frozen=True)
class Copy:
    """A copy to send: its row, its file name, its length in bytes, and the bytes."""

    delivery: Delivery
    filename: str
    size: int
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class Opened:
    """The reading copy of a version, opened before the transaction: a reader of it and its empty marks."""

    version_id: str
    source: BinaryIO
    marks: EmptyMarks
    digest: CopyDigest


def deliver(slug: str, *, reader: User, session_key: str) -> Copy:
    """A copy of the document `slug` with the mark of `reader`. Its delivery and its record are committed when this returns.

    Raises Refused if access does not allow it, which is recorded too; TooMany; `marking.Unmarkable` and `vault.Damaged`
    if the stored file is not as it should be: then nothing is delivered or recorded.
    """
    must_not_be_too_many(reader)
    try:
        for _attempt in range(ATTEMPTS):
            if copy := _attempted(slug, reader, session_key):
                return copy
        raise Refused(Shut.REPLACED)
    except Refused as refusal:
        refused(slug, reader, refusal)
        raise


def _attempted(slug: str, reader: User, session_key: str) -> Copy | None:
    """Opens the current version, then starts a copy of it. None if another version has become current in between."""
    opened, failure = None, None
    try:
        opened = _opened(slug, reader)
    except (Unmarkable, vault.Damaged, vault.KeyUnusable) as error:
        # Raised only to those who may read the document: others learn nothing about its file.
        failure = error
    with ExitStack() as stack:
        if opened:
            stack.callback(opened.source.close)
        copy = _started(slug, reader, session_key, opened)
        if failure:
            raise failure
        if copy:
            # From here on the copy closes its source.
            stack.pop_all()
        return copy


def _opened(slug: str, reader: User) -> Opened | None:
    """The reading copy of the current version, or None if there is none or the reader holds no grant.

    Without the grant every signed-in person could have the key service and the storage asked, as often as they like.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    version = READABLE.first(slug, reader.pk, now)
    if version is None or version.reading_copy is None:
        return None
    stored = version.reading_copy
    # It is read sequentially, so one MiB in memory is enough.
    source = vault.open(version, "reading_copy", kept=1)
    try:
        marks = empty_marks(source, stored.size, version.mark_slots)
    except BaseException:
        source.close()
        raise
    return Opened(version.pk, source, marks, CopyDigest(stored.pk, _mark_offset(version)))


def _started(slug: str, reader: User, session_key: str, opened: Opened | None) -> Copy | None:
    """The copy of what was opened, or None if the reader may have the document in another version.

    The document may have been replaced, and the grant revoked, since the version was opened: access is decided here.
    """
    with audit.change(by=reader) as change:
        admitted = admission(reader, slug, change.at, hold=change)
        version, document = admitted.version, admitted.version.document
        if opened is None or opened.version_id != version.pk:
            return None
        kind = Delivery.Kind.DOWNLOAD
        delivery = begin(kind, admitted.version, admitted.grant, session_key, change.at, opened.marks.size)
        marked = opened.marks.filled(opened.source, mark_of(delivery), CHUNK)
        change.record(
            Action.DELIVERY_STARTED,
            subject=delivery,
            changed=[delivery],
            document=document.named,
            code=delivery.code,
        )
    return Copy(
        delivery=delivery,
        filename=f"{slug}-v{version.number}-{delivery.code}.pdf",
        size=delivery.size,
        chunks=transfer.sent(delivery, document, opened.source, opened.digest, marked),
    )


def must_not_be_too_many(reader: User) -> None:
    """Raises TooMany if the reader has begun too many downloads and readings in the last hour.

    It counts the deliveries: a counter would be one more write before the first byte.
    """
    with connection.cursor() as cursor:
        since = connection.ops.adapt_datetimefield_value(timezone.now() - WITHIN)
        cursor.execute(BEGUN, [reader.pk, since])
        if cursor.fetchone()[0] >= MOST:
            raise TooMany(Shut.TOO_MANY)


def begin(
    kind: Delivery.Kind, version: DocumentVersion, grant: AccessGrant, session_key: str, at: datetime, size: int
) -> Delivery:
    """Creates the delivery of a file of `size` bytes that begins at the instant `at`, with a new code and mark."""
    return _delivery(grant.holder, kind, version, grant, session_key, at, size)


def begin_at_desk(version: DocumentVersion, person: User, session_key: str, at: datetime) -> Delivery:
    """Creates the delivery of a version that staff open at the desk. `access.version_at_the_desk` decides before."""
    return _delivery(person, Delivery.Kind.DESK, version, None, session_key, at, size=0)


def _delivery(
    holder: User,
    kind: Delivery.Kind,
    version: DocumentVersion,
    grant: AccessGrant | None,
    session_key: str,
    at: datetime,
    size: int,
) -> Delivery:
    company = holder.company
    delivery = Delivery(
        kind=kind,
        code=new_code(),
        grant=grant,
        version=version,
        reader=holder,
        printed_email=holder.email,
        printed_company=company.legal_name if company and company.confirmed_at else "",
        session_hash=hash_of_session(session_key),
        mark_bits=second_mark.new_bits(),
        started_at=at,
        size=size,
    )
    insert(delivery)
    return delivery


def hash_of_session(session_key: str) -> str:
    """A digest that identifies a session and cannot be used to sign in."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def refused(slug: str, reader: User, refusal: Refused) -> None:
    """Records that access was refused, and why."""
    # At most 20 an hour: records are never deleted, and one person could fill the log.
    if not throttle.allow_key("delivery-refused", limit=20, seconds=3600, key=reader.pk):
        return
    with audit.change(by=reader) as change:
        document = Document.objects.get(slug=slug)
        change.record(
            Action.DELIVERY_REFUSED,
            subject=document,
            document=document.named,
            refusal=refusal.code,
            words=refusal.words,
        )


def mark_of(delivery: Delivery) -> Mark:
    """The mark as it is printed on this copy, with the reader's address and confirmed company of that time."""
    return Mark(
        email=delivery.printed_email,
        company=delivery.printed_company,
        at=delivery.started_at,
        code=delivery.code,
        cells=second_mark.picture(bytes(delivery.mark_bits)),
        note=_("For the named reader only, please do not pass on"),
    )


def new_code() -> str:
    """A new copy code such as 7F3K-2QXW-9B4T: 12 characters of Crockford's base 32 (60 bits), easy to read out."""
    code = "".join(secrets.choice(ALPHABET) for _place in range(12)).upper()
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def _mark_offset(version: DocumentVersion) -> int:
    return min((slot["offset"] for slot in version.mark_slots), default=0)
