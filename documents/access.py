"""The one door: may this person read this document now? Pages, viewer, download and API all ask here."""

from datetime import datetime
from enum import Enum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from documents.models import AccessGrant, Document, DocumentVersion
from trustcenter.accounts.models import User


class Refused(Exception):
    """The door stays shut; the text is a sentence for the person in front of it."""


class WrongWay(Refused):
    """The person may read the document, but not in this way."""


class Way(Enum):
    """How a document reaches its reader."""

    FILE = "file"
    PAGES = "pages"


def readable(reader: User | AnonymousUser, document: Document) -> AccessGrant:
    """The grant that lets `reader` in now. Raises Refused."""
    return readable_grant(reader, document, timezone.now())


def readable_grant(reader: User | AnonymousUser, document: Document, at: datetime, way: Way = Way.FILE) -> AccessGrant:
    """The grant by which `reader` may read the gated `document` at the instant `at`, in that `way`.

    Read from the database by the clock on every call, so that what was revoked or ended is shut at once.
    Raises Refused with the reason, WrongWay where the class of the document has another way. A document that is open to everyone needs no grant; see `open_version`.
    """
    if not isinstance(reader, User):
        raise Refused(_("Please sign in to read this document."))
    # Read anew, because account, class and version may have changed since the rows in hand were read.
    now = Document.objects.annotate(
        reader_is_active=Exists(User.objects.filter(pk=reader.pk, is_active=True)),
        has_current=Exists(_current_of(OuterRef("pk"))),
    ).get(pk=document.pk)
    if not now.reader_is_active:
        raise Refused(_("Your account has been closed."))
    needed = now.approvals_needed
    if not needed:
        raise Refused(_("This document is open to everyone; you can open it from its page."))
    if not now.has_current:
        raise Refused(_("This document is being prepared and cannot be read yet."))
    grants = list(AccessGrant.objects.filter(holder=reader, document=document).order_by("-starts_at"))
    if not grants:
        raise Refused(_("You have no access to this document yet. You can ask for it."))
    for grant in grants:
        if not grant.is_open_at(at):
            continue
        if grant.approvals < needed:
            raise Refused(_("This document needs more approvals now than your access has. Please ask for it again."))
        if now.is_view_only and way is not Way.PAGES:
            raise WrongWay(_("This document is read here, page by page; there is no file of it to download."))
        if not now.is_view_only and way is not Way.FILE:
            raise WrongWay(_("This document is downloaded as a file that carries your name; it is not shown here."))
        return grant
    raise Refused(_why_shut(grants[0], at))


def grant_for(reader: User | AnonymousUser, document: Document, instant: datetime) -> AccessGrant | None:
    """The grant that lets `reader` in at `instant`, or None where the door is shut."""
    try:
        return readable_grant(reader, document, instant)
    except Refused:
        return None


def open_version(document: Document) -> DocumentVersion:
    """The current version of a document that is open to everyone. Raises Refused for every other document."""
    if not Document.objects.filter(pk=document.pk, access_class=Document.Class.PUBLIC).exists():
        raise Refused(_("This document has to be asked for."))
    version = current_version(document)
    if version is None:
        raise Refused(_("This document is being prepared and cannot be read yet."))
    return version


def current_version(document: Document) -> DocumentVersion | None:
    """What readers get of `document`, if anything has passed its checks."""
    return _current_of(document).select_related("original", "reading_copy").first()


def _current_of(document: Document | OuterRef) -> QuerySet[DocumentVersion]:
    return DocumentVersion.objects.filter(document=document, state=DocumentVersion.State.CURRENT)


def _why_shut(grant: AccessGrant, at: datetime) -> str:
    if grant.end == AccessGrant.End.REVOKED:
        return _("Your access to this document was revoked. You can ask for it again.")
    if grant.ended_at is not None or grant.ends_at <= at:
        ended = min(moment for moment in (grant.ended_at, grant.ends_at) if moment is not None)
        return _("Your access to this document ended on %(day)s. You can ask for it again.") % {"day": _day(ended)}
    if grant.starts_at > at:
        return _("Your access to this document begins on %(day)s.") % {"day": _day(grant.starts_at)}
    if grant.covered_until is not None and grant.covered_until <= at:
        return _("The agreement behind your access is no longer in force. Sign the current one to read on.")
    return _("You have no access to this document.")


def _day(instant: datetime) -> str:
    return date_format(timezone.localtime(instant), "j F Y")
