"""The pictures of a version's pages, drawn in batches that are stored one by one."""

import time
from typing import cast

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from documents.models import AccessGrant, DocumentVersion, Level, PageImages
from trustcenter import audit
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox

# One child draws this many pages, which are stored in one file. A crash loses at most one batch.
BATCH = 50
# The versions whose pictures readers need, now or once they are published.
SHOWN = (DocumentVersion.State.CHECKING, DocumentVersion.State.READY, DocumentVersion.State.CURRENT)
# How many MiB of an original stay decrypted in memory while a parser seeks in it.
IN_REACH = 16
# Ends well before the worker stops the task, which also runs a check's two other children.
LIMITS = sandbox.Limits(cpu=60, clock=60.0)


class Undrawable(Exception):
    """A page cannot be drawn within the limits."""


def drawn(version: DocumentVersion) -> int:
    """How many pages of the version have a picture."""
    batches = PageImages.objects.filter(version=version)
    return batches.aggregate(pages=Sum(F("last") - F("first") + 1))["pages"] or 0


def draw(version: DocumentVersion, pages: int, seconds: float) -> bool:
    """Draws the missing pictures of the version's `pages` pages, and stops after about so many seconds.

    Returns True once every page has its picture, or once nobody needs them any more. It can be called again, also by
    two workers at once.
    Raises Undrawable.
    """
    if version.original is None:
        raise Undrawable("there is no original")
    missing = _missing(version, pages)
    if not missing:
        return True
    end = time.monotonic() + seconds
    with vault.open(version, "original", kept=IN_REACH) as source:
        for first in missing:
            if time.monotonic() > end:
                return False
            with vault.Draft(PageImages(version=version, first=first), "file") as draft:
                try:
                    answer = sandbox.run(
                        "documents.reading.drawing:draw", source, draft, pages, first, BATCH, limits=LIMITS
                    )
                except sandbox.SandboxError as failure:
                    raise Undrawable(str(failure)) from failure
                if not _keep(answer["places"], draft):
                    return True
    return True


def picture(version: DocumentVersion, number: int) -> bytes:
    """The unmarked picture of page `number`, which must never be sent as it is.

    Reads only this part of the stored file. Raises vault.Damaged if it is missing, and PageImages.DoesNotExist if there
    is no such page.
    """
    batch = PageImages.objects.select_related("file").get(version=version, first__lte=number, last__gte=number)
    place = batch.places[number - batch.first]
    with vault.open(batch, "file") as reader:
        reader.seek(place["offset"])
        data = reader.read(place["length"])
    if len(data) != place["length"]:
        raise vault.Damaged(f"page {number} of {version.pk} ends early")
    return data


def discard(version: DocumentVersion) -> None:
    """Deletes the version's pictures, in the caller's transaction."""
    for batch in PageImages.objects.filter(version=version).select_related("file"):
        batch.delete()
        vault.delete(batch.file)


def waiting() -> list[DocumentVersion]:
    """The current versions that somebody may only read here, and that still lack pictures."""
    current = DocumentVersion.objects.filter(
        Q(document__level__way=Level.Way.PAGES) | Q(Exists(_shown_only(OuterRef("document")))),
        state=DocumentVersion.State.CURRENT,
        drawing_failure="",
    )
    counted = current.annotate(drawn=Sum(F("page_images__last") - F("page_images__first") + 1))
    return list(counted.filter(Q(drawn=None) | Q(drawn__lt=F("pages"))))


def are_needed(version: DocumentVersion) -> bool:
    """Whether somebody may read the version's document only here: everyone, or the holder of one grant."""
    return version.document.is_view_only or _shown_only(version.document_id).exists()


def _shown_only(document: "int | OuterRef") -> QuerySet[AccessGrant]:
    return AccessGrant.objects.filter(document=document, show_only=True, ended_at=None)


def _missing(version: DocumentVersion, pages: int) -> list[int]:
    have = set(PageImages.objects.filter(version=version).values_list("first", flat=True))
    return [first for first in range(1, pages + 1, BATCH) if first not in have]


def _keep(places: list[dict[str, int]], draft: vault.Draft) -> bool:
    """Keeps one batch. False if the version was refused or replaced while it was drawn; then nothing is kept."""
    batch = cast(PageImages, draft.owner)
    draft.finish()
    with audit.change(by=None):
        # A worker that drew the same pages at the same time waits here and then discards its pictures.
        version = DocumentVersion.objects.select_for_update(no_key=True).get(pk=batch.version_id)
        if version.state not in SHOWN:
            # The pictures of this version have been deleted, and nothing would delete these.
            return False
        if not PageImages.objects.filter(version=version, first=batch.first).exists():
            batch.last, batch.places = batch.first + len(places) - 1, places
            batch.file = draft.keep()
            batch.save(force_insert=True)
    return True
