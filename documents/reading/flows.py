"""Reading on the screen: the door and the log, then one marked page for each request."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from PIL import Image

from documents.access import Refused, Way, admission
from documents.delivery import begin, hash_of_session, mark_of, must_not_be_too_many, refused
from documents.marks import page_mark
from documents.models import Delivery, Document, DocumentVersion
from documents.reading import page_images
from documents.refusals import Shut
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action

# A page that somebody left open does not stay open; one click begins again.
LASTS = timedelta(minutes=60)


class BeingDrawn(Refused):
    """The pages are not there yet: `drawn` of `pages` are."""

    def __init__(self, drawn: int, pages: int) -> None:
        super().__init__(Shut.DRAWING)
        self.drawn, self.pages = drawn, pages


class Ended(Refused):
    """The reading is over, though the door may be open: another one can be begun."""


@dataclass(frozen=True)
class Reading:
    """A reading that is open at this instant."""

    delivery: Delivery
    version: DocumentVersion
    document: Document

    @property
    def pages(self) -> int:
        return self.version.pages or 0

    @property
    def ends_at(self) -> datetime:
        return self.delivery.started_at + LASTS


def start(slug: str, *, reader: User, session_key: str) -> Delivery:
    """Begins a reading, which is in the log before its first page is shown.

    Raises Refused where the door is shut, which is in the log too; TooMany; BeingDrawn while there are no pages to show.
    """
    must_not_be_too_many(reader)
    try:
        with audit.change(by=reader) as change:
            admitted = admission(reader, slug, change.at, Way.PAGES, hold=True)
            version, document = admitted.version, admitted.version.document
            _must_be_drawn(version)
            # No file leaves.
            delivery = begin(Delivery.Kind.READING, admitted, reader, session_key, change.at, size=0)
            change.record(
                Action.READING_STARTED,
                subject=delivery,
                changed=[delivery],
                document=document.named,
                code=delivery.code,
            )
    except BeingDrawn:
        raise
    except Refused as refusal:
        refused(slug, reader, refusal)
        raise
    return delivery


def opened(slug: str, id: str, *, reader: User, session_key: str) -> Reading:
    """The reader's own reading, if the door is open for it now. Writes nothing.

    Raises Delivery.DoesNotExist for what is not theirs or not there, Refused where the door is shut, Ended where another
    reading has to be begun.
    """
    delivery = Delivery.objects.select_related("version__document").get(
        pk=id, kind=Delivery.Kind.READING, reader=reader, version__document__slug=slug
    )
    version = delivery.version
    now = timezone.now()
    grant = admission(reader, slug, now, Way.PAGES).grant
    # A browser that was signed out, or somebody else's: the address of a page is no key.
    if delivery.session_hash != hash_of_session(session_key) or now >= delivery.started_at + LASTS:
        raise Ended(Shut.READING_ENDED)
    if grant.pk != delivery.grant_id:
        raise Ended(Shut.RENEWED)
    if version.state != DocumentVersion.State.CURRENT:
        raise Ended(Shut.NEWER_VERSION)
    return Reading(delivery, version, version.document)


def page(reading: Reading, number: int) -> bytes:
    """Page `number` of an open reading as a JPEG that carries the reader's mark.

    Raises PageImages.DoesNotExist when there is no such page, vault.Damaged and page_mark.Unmarkable where it cannot be
    shown as it has to be.
    """
    with Image.open(io.BytesIO(page_images.picture(reading.version, number))) as picture:
        return page_mark.jpeg(
            page_mark.burned_in(picture, mark_of(reading.delivery), bytes(reading.delivery.mark_bits))
        )


def rushed(reading: Reading) -> None:
    """Puts into the log that the reader asked for more pages than a person reads."""
    with audit.change(by=reading.delivery.reader) as change:
        change.record(
            Action.READING_RUSHED,
            subject=reading.delivery,
            document=reading.document.named,
            code=reading.delivery.code,
        )


def _must_be_drawn(version: DocumentVersion) -> None:
    if version.drawing_failure:
        raise Refused(Shut.UNDRAWABLE)
    pages = version.pages or 0
    drawn = page_images.drawn(version)
    if drawn < pages:
        raise BeingDrawn(drawn, pages)
