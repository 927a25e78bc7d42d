"""Sends a copy, checks access again while it is sent, and records how much of it was sent."""

import time
from collections.abc import Iterator
from typing import BinaryIO

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.access import Refused, admission
from documents.copy_digest import CopyDigest
from documents.models import Delivery, Document
from trustcenter import audit
from trustcenter.audit import words
from trustcenter.audit.actions import Action

# In seconds: how often access is checked again, so that a revocation stops a running download, and the longest time for
# a copy. A reader who takes longer has too slow a connection, or holds a thread on purpose.
ASKED_AGAIN, LONGEST = 2.0, 3600.0


class Cause(models.TextChoices):
    """Why a copy was not sent completely. The log keeps the value; people read the label."""

    SHUT = "shut", _("access ended in the meantime")
    TOO_LONG = "too_long", _("it took longer than an hour")
    BROKEN_OFF = "broken_off", _("the connection ended")


words.register("cause", dict(Cause.choices))


class Stopped(Exception):
    """The copy must not be sent any further. The connection ends early, so the reader's program reports an error."""


def sent(
    delivery: Delivery, document: Document, source: BinaryIO, digest: CopyDigest, marked: Iterator[bytes]
) -> Iterator[bytes]:
    """Yields the marked bytes of a delivery. Raises Stopped if they must not be sent any further.

    The digest of all bytes is committed before the last chunk is sent. An interrupted copy is recorded with the highest
    number of bytes that may have been sent: what the server buffers for a slow reader counts as sent.
    """
    left, cause = delivery.size, Cause.BROKEN_OFF
    begun = asked = time.monotonic()
    try:
        with source:
            for chunk in marked:
                now = time.monotonic()
                if now - asked >= ASKED_AGAIN:
                    asked = now
                    if reason := _must_stop(delivery, document, now - begun):
                        cause = reason
                        raise Stopped(f"copy {delivery.code}: {cause.value}")
                digest.update(chunk)
                if left == len(chunk):
                    _finish(delivery, document, digest.hexdigest())
                left -= len(chunk)
                yield chunk
    finally:
        if left:
            _stop(delivery, document, delivery.size - left, cause)


def _must_stop(delivery: Delivery, document: Document, seconds: float) -> Cause | None:
    if seconds > LONGEST:
        return Cause.TOO_LONG
    try:
        admission(delivery.reader, document.slug, timezone.now())
    except (Refused, Document.DoesNotExist):
        return Cause.SHUT
    return None


def _finish(delivery: Delivery, document: Document, sha256: str) -> None:
    with audit.change(by=delivery.reader) as change:
        delivery.sha256, delivery.finished_at = sha256, change.at
        delivery.save(update_fields=["sha256", "finished_at"])
        change.record(
            Action.DELIVERY_FINISHED,
            subject=delivery,
            changed=[delivery],
            document=document.named,
            code=delivery.code,
            sha256=sha256,
        )


def _stop(delivery: Delivery, document: Document, bytes_sent: int, cause: Cause) -> None:
    with audit.change(by=None) as change:
        change.record(
            Action.DELIVERY_STOPPED,
            subject=delivery,
            document=document.named,
            code=delivery.code,
            sent=bytes_sent,
            size=delivery.size,
            cause=cause.value,
        )
