"""Decides whether a person may read a document now. All pages, readings and downloads ask here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from documents import agreements
from documents.models import AccessGrant, Document, DocumentVersion, Level
from documents.refusals import Shut
from trustcenter.accounts.models import Company, User
from trustcenter.audit import Change
from trustcenter.audit.words import sentence
from trustcenter.work.rows import Rows

HELD = Rows(
    AccessGrant,
    """
    SELECT {accessgrant} FROM documents_accessgrant accessgrant
    JOIN documents_document document ON document.id = accessgrant.document_id
    WHERE accessgrant.holder_id = %s AND document.slug = %s ORDER BY accessgrant.starts_at DESC
    """,
)
ACCOUNT = Rows(
    User,
    """
    SELECT {user}, {company} FROM accounts_user "user" LEFT JOIN accounts_company company ON company.id = "user".company_id
    WHERE "user".id = %s
    """,
    company=Company,
)
DOCUMENT = Rows(
    Document,
    """
    SELECT {document}, {level} FROM documents_document document LEFT JOIN documents_level level ON level.id = document.level_id
    WHERE document.slug = %s
    """,
    level=Level,
)
CURRENT = Rows(
    DocumentVersion,
    "SELECT {documentversion} FROM documents_documentversion documentversion WHERE document_id = %s AND state = 'current'",
)


class Refused(Exception):
    """Access is refused. `code` and `words` are for records; the text is the sentence for the reader."""

    def __init__(self, code: Shut, **words: str) -> None:
        self.code, self.words = code.value, words
        super().__init__(sentence(code.label, words))


class WrongWay(Refused):
    """The person may read the document, but not this way: as a file or as pages."""


class Way(Enum):
    """How a document reaches its reader."""

    FILE = "file"
    PAGES = "pages"


@dataclass(frozen=True)
class Admission:
    """The grant in force that lets a reader in, and the current version of the document."""

    grant: AccessGrant
    version: DocumentVersion


def admission(
    reader: User | AnonymousUser, slug: str, at: datetime, way: Way = Way.FILE, *, hold: Change | None = None
) -> Admission:
    """The grant and version by which `reader` may read the gated document `slug` at the instant `at`, in that `way`.

    Every call reads the document, its level, the holder, the grant and what covers the holder from the database, so a
    revocation, a stricter level or the end of an agreement takes effect at once.

    `hold` is the change that delivers it. The grant and its agreements are locked for it, and its time after that counts
    instead of `at`: what ends access is either first, and the document stays shut, or comes after this change, in the log
    too. Raises Refused with the reason, WrongWay if the document's level has another way, and Document.DoesNotExist. A
    public document needs no grant; see `open_version`.
    """
    if not isinstance(reader, User):
        raise Refused(Shut.SIGNED_OUT)
    held = agreements.hold(slug) if hold is not None else None
    # Read again: account, class and version may have changed since the caller read them.
    lock = " FOR NO KEY UPDATE OF accessgrant" if hold is not None and connection.features.has_select_for_update else ""
    grants = HELD.all(reader.pk, slug, lock=lock)
    if hold is not None:
        hold.has_waited()
        at = hold.at
        if not any(grant.is_open_at(at) for grant in grants):
            # Another one may have replaced it while this waited for it.
            grants = HELD.all(reader.pk, slug, lock=lock)
    account = _account(reader)
    document = _document(slug)
    version = _current(document)
    if not account.is_active:
        raise Refused(Shut.ACCOUNT_CLOSED)
    if document.level is None:
        raise Refused(Shut.NO_LEVEL)
    if not document.is_gated:
        raise Refused(Shut.OPEN_TO_ALL)
    if version is None:
        raise Refused(Shut.PREPARING)
    if not grants:
        raise Refused(Shut.NO_ACCESS)
    for grant in grants:
        if not grant.is_open_at(at):
            continue
        if not agreements.cover(account, document, at):
            raise Refused(Shut.UNCOVERED)
        if held is not None and not held.issuperset(document.required_agreements):
            # What it requires changed since they were locked.
            raise Refused(Shut.CHANGING)
        if not _is_approved(grant, document):
            raise Refused(Shut.MORE_APPROVALS)
        grant.holder, grant.document = account, document
        if grant.is_view_only and way is not Way.PAGES:
            raise WrongWay(Shut.PAGES_ONLY)
        if not grant.is_view_only and way is not Way.FILE:
            raise WrongWay(Shut.FILE_ONLY)
        return Admission(grant, version)
    raise _why_shut(grants[0], at)


def open_grants(reader: User | AnonymousUser, documents: Iterable[Document], at: datetime) -> dict[int, AccessGrant]:
    """The grants that open `documents` at the instant `at`, by the key of the document.

    For lists, in two queries. It opens nothing: `admission` decides again when the reader opens a document.
    `documents` come with their levels, and with their versions prefetched.
    """
    if not isinstance(reader, User):
        return {}
    grants = AccessGrant.objects.filter(holder=reader).open_at(at).order_by("starts_at")
    held = {grant.document_id: grant for grant in grants}
    wanted = [one for one in documents if one.pk in held and one.can_be_requested]
    covered = agreements.covered(reader, wanted, at)
    return {one.pk: held[one.pk] for one in wanted if one.pk in covered and _is_approved(held[one.pk], one)}


def _is_approved(grant: AccessGrant, document: Document) -> bool:
    return grant.approvals >= document.approvals_needed


def version_at_the_desk(person: User, slug: str, number: int) -> DocumentVersion:
    """Any version of a document for a member of staff who may open all of them, to look at it before or after its time.

    Raises Refused, and DocumentVersion.DoesNotExist. Nothing else opens a version that is not the current one.
    """
    account = _account(person)
    if not account.is_active:
        raise Refused(Shut.ACCOUNT_CLOSED)
    if not (account.is_staff and account.has_perm("documents.preview_documentversion")):
        raise Refused(Shut.NO_ACCESS)
    versions = DocumentVersion.objects.select_related("document", "original", "reading_copy")
    version = versions.get(document__slug=slug, number=number)
    if not version.can_be_opened:
        raise Refused(Shut.PREPARING)
    return version


def open_version(document: Document) -> DocumentVersion:
    """The current version of a public document. Raises Refused for every other document."""
    if not Document.objects.filter(pk=document.pk, level__is_public=True).exists():
        raise Refused(Shut.NOT_OPEN_TO_ALL)
    version = _current(document)
    if version is None:
        raise Refused(Shut.PREPARING)
    return version


def _account(person: User) -> User:
    account = ACCOUNT.first(person.pk)
    if account is None:
        raise Refused(Shut.ACCOUNT_CLOSED)
    return account


def _document(slug: str) -> Document:
    found = DOCUMENT.first(slug)
    if found is None:
        raise Document.DoesNotExist(slug)
    return found


def _current(document: Document) -> DocumentVersion | None:
    """The version that readers get, or None if none has passed its checks."""
    version = CURRENT.first(document.pk)
    if version is not None:
        version.document = document
    return version


def _why_shut(grant: AccessGrant, at: datetime) -> Refused:
    if grant.end == AccessGrant.End.REVOKED:
        return Refused(Shut.REVOKED)
    if grant.ended_at is not None or grant.ends_at <= at:
        ended = min(moment for moment in (grant.ended_at, grant.ends_at) if moment is not None)
        return Refused(Shut.ENDED, until=ended.isoformat())
    if grant.starts_at > at:
        return Refused(Shut.BEGINS_LATER, until=grant.starts_at.isoformat())
    return Refused(Shut.NO_ACCESS)
