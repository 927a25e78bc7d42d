"""Any version of a document for staff: a delivery and its record first, then its pages, drawn one by one and kept nowhere."""

import io

from django.utils import timezone
from PIL import Image

from documents.access import version_at_the_desk
from documents.delivery import begin_at_desk, hash_of_session, mark_of, must_not_be_too_many
from documents.marks import page_mark
from documents.models import Delivery, DocumentVersion
from documents.reading.flows import LASTS
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox

# A page takes a third of a second; one that takes much longer is not drawn while somebody waits.
LIMITS = sandbox.Limits(cpu=10, clock=15.0, file=32 * sandbox.MIB)
# How many MiB of the copy stay decrypted in memory while a parser seeks in it.
IN_REACH = 16


def start(slug: str, number: int, *, by: User, session_key: str) -> Delivery:
    """Opens a version at the desk, which is recorded before its first page is shown, as a reading is.

    Raises Refused, TooMany and DocumentVersion.DoesNotExist.
    """
    must_not_be_too_many(by)
    with audit.change(by=by) as change:
        version = version_at_the_desk(by, slug, number)
        delivery = begin_at_desk(version, by, session_key, change.at)
        change.record(
            Action.VERSION_OPENED,
            subject=delivery,
            changed=[delivery],
            document=version.document.named,
            number=version.number,
            code=delivery.code,
        )
    return delivery


def opened(version: DocumentVersion, *, by: User, session_key: str) -> Delivery | None:
    """The delivery by which this session has the version open now, or None. Writes nothing."""
    found = Delivery.objects.filter(kind=Delivery.Kind.DESK, reader=by, version=version)
    found = found.filter(session_hash=hash_of_session(session_key), started_at__gt=timezone.now() - LASTS)
    return found.first()


def page(version: DocumentVersion, number: int, delivery: Delivery) -> bytes:
    """Page `number` of the version's reading copy as a JPEG with the mark of `delivery`, as readers get pages.

    Raises sandbox.SandboxError if it cannot be drawn in time, sandbox.Unavailable if nothing can be drawn now,
    vault.Damaged, and page_mark.Unmarkable.
    """
    drawn = io.BytesIO()
    with vault.open(version, "reading_copy", kept=IN_REACH) as source:
        draw = "documents.reading.drawing:draw"
        sandbox.run(draw, source, drawn, version.pages or 0, number, 1, limits=LIMITS)
    with Image.open(drawn) as picture:
        return page_mark.jpeg(page_mark.burned_in(picture, mark_of(delivery), bytes(delivery.mark_bits)))
