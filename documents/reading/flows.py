"""Reading on the screen: access and its record first, then one marked page for each request."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from PIL import Image

from documents.access import Refused, Way, admission
from documents.delivery import begin, hash_of_session, mark_of, must_not_be_too_many, refused
from documents.marks import page_mark
from documents.models import Delivery, Document, DocumentVersion, ReadPage
from documents.reading import page_images
from documents.refusals import Shut
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action

# A reading left open expires; one click starts another one.
LASTS = timedelta(minutes=60)


class BeingDrawn(Refused):
    """The pages are still being drawn: `drawn` of `pages` are ready."""

    def __init__(self, drawn: int, pages: int) -> None:
        super().__init__(Shut.DRAWING)
        self.drawn, self.pages = drawn, pages


class Ended(Refused):
    """The reading has ended. The person may be able to start another one."""


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
    """Starts a reading, which is recorded before its first page is shown.

    Raises Refused if access is refused, which is recorded too; TooMany; BeingDrawn while pages are missing.
    """
    must_not_be_too_many(reader)
    try:
        with audit.change(by=reader) as change:
            admitted = admission(reader, slug, change.at, Way.PAGES, hold=change)
            version, document = admitted.version, admitted.version.document
            _must_be_drawn(version)
            # No file is delivered.
            delivery = begin(Delivery.Kind.READING, version, admitted.grant, session_key, change.at, size=0)
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
    """The reader's own reading, if they may read it now. Writes nothing.

    Raises Delivery.DoesNotExist for a missing reading or another person's, Refused if access is refused, and Ended if
    another reading has to be started.
    """
    delivery = Delivery.objects.select_related("version__document").get(
        pk=id, kind=Delivery.Kind.READING, reader=reader, version__document__slug=slug
    )
    version = delivery.version
    now = timezone.now()
    grant = admission(reader, slug, now, Way.PAGES).grant
    # Another session: knowing the URL of a page gives no access.
    if delivery.session_hash != hash_of_session(session_key) or now >= delivery.started_at + LASTS:
        raise Ended(Shut.READING_ENDED)
    if grant.pk != delivery.grant_id:
        raise Ended(Shut.RENEWED)
    if version.state != DocumentVersion.State.CURRENT:
        raise Ended(Shut.NEWER_VERSION)
    return Reading(delivery, version, version.document)


def page(reading: Reading, number: int) -> bytes:
    """Page `number` of an open reading as a JPEG that carries the reader's mark.

    Raises PageImages.DoesNotExist if there is no such page, and vault.Damaged and page_mark.Unmarkable if it cannot be
    shown with its mark.
    """
    with Image.open(io.BytesIO(page_images.picture(reading.version, number))) as picture:
        return page_mark.jpeg(
            page_mark.burned_in(picture, mark_of(reading.delivery), bytes(reading.delivery.mark_bits))
        )


def note_page(reading: Reading, number: int) -> None:
    """Keeps that the reading showed this page. Only a person who has begun a reading, with a POST, gets here."""
    ReadPage.objects.bulk_create([ReadPage(delivery=reading.delivery, number=number)], ignore_conflicts=True)


def rushed(reading: Reading) -> None:
    """Records that the reader requested more pages than a person reads."""
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
