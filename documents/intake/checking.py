"""Checking an upload: look it over and make its reading copy in a child process, then accept or refuse it."""

import time

from documents.intake.flaws import Flaw
from documents.marks.marking import Slot
from documents.models import Document, DocumentVersion
from documents.reading import page_images
from trustcenter import audit
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox

State = DocumentVersion.State
# How many MiB of an original are kept decrypted while a parser jumps about in it.
IN_REACH = 16
# How much longer than its original a reading copy may be: the mark, and what rewriting a file adds.
MARGIN = 64 * sandbox.MIB

# Pages are drawn for so long at a time. A check that has taken longer than the second number ends before the reading
# copy is made, and goes on in another call: the worker stops a task at 80 % of its lease.
DRAWING, LATE = 30.0, 100.0


def check(version: DocumentVersion) -> bool:
    """Checks a version that waits for it; one that has its verdict is left alone.

    False when there is no verdict yet because pages are left to draw: then it has to be called again.
    """
    if version.state != State.CHECKING or version.original is None:
        return True
    began = time.monotonic()
    with vault.open(version, "original", kept=IN_REACH) as source:
        try:
            findings = sandbox.run("documents.intake.inspection:inspect", source)
        except sandbox.SandboxError as failure:
            refuse(version, _flaw(failure))
            return True
        if findings["flaw"]:
            refuse(version, Flaw(findings["flaw"]))
            return True
        try:
            if not _drawn(version, findings["pages"]) or time.monotonic() - began > LATE:
                return False
        except page_images.Undrawable:
            refuse(version, Flaw.UNDRAWABLE)
            return True
        with vault.Draft(version, "reading_copy") as draft:
            limits = sandbox.Limits(file=version.original.size + MARGIN)
            try:
                prepared = sandbox.run("documents.intake.reading_copy:prepare", source, draft, limits=limits)
            except sandbox.SandboxError:
                refuse(version, Flaw.UNMARKABLE)
                return True
            accept(version, draft, pages=prepared["pages"], slots=prepared["slots"], signed=findings["signed"])
    return True


def _drawn(version: DocumentVersion, pages: int) -> bool:
    """Whether the pictures are there that readers of a view-only document will need; draws some of them."""
    if not version.document.is_view_only:
        return True
    # The desk shows how far it is.
    DocumentVersion.objects.filter(pk=version.pk, state=State.CHECKING).update(pages=pages)
    return page_images.draw(version, pages, DRAWING)


def draw_late(version: DocumentVersion) -> bool:
    """Draws the pages of a current version whose document became view-only after the check.

    False when pages are left to draw: then it has to be called again. A page that cannot be drawn leaves the document
    shut, and says so at the desk.
    """
    if version.state != State.CURRENT or version.drawing_failure or not version.document.is_view_only:
        return True
    try:
        return page_images.draw(version, version.pages or 0, 2 * DRAWING)
    except page_images.Undrawable:
        pass
    with audit.change(by=None) as change:
        if DocumentVersion.objects.filter(pk=version.pk, drawing_failure="").update(drawing_failure=Flaw.UNDRAWABLE):
            change.public_content_changed = True
            change.record(
                Action.VERSION_UNDRAWABLE,
                subject=version,
                document=version.document.named,
                number=version.number,
                flaw=Flaw.UNDRAWABLE.value,
            )
    return True


def accept(version: DocumentVersion, reading_copy: vault.Draft, *, pages: int, slots: list[Slot], signed: bool) -> bool:
    """Makes a checked version what readers get. False if somebody was quicker; then nothing changes."""
    reading_copy.finish()
    with audit.change(by=None) as change:
        Document.objects.select_for_update(no_key=True).get(pk=version.document_id)
        others = DocumentVersion.objects.filter(document_id=version.document_id, state=State.CURRENT)
        # An older upload whose check took longer must not push out a newer one.
        overtaken = others.filter(number__gt=version.number).exists()
        checking = DocumentVersion.objects.filter(pk=version.pk, state=State.CHECKING)
        if not checking.exists():
            return False
        for old in [version] if overtaken else list(others):
            # Nobody is shown an old version's pages, and its original is kept.
            page_images.discard(old)
        before = [] if overtaken else list(others.values_list("pk", flat=True))
        if not overtaken:
            others.update(state=State.SUPERSEDED)
        checking.update(
            state=State.SUPERSEDED if overtaken else State.CURRENT,
            reading_copy=reading_copy.keep(),
            pages=pages,
            mark_slots=slots,
            carries_signature=signed,
            checked_at=change.at,
        )
        change.public_content_changed = True
        change.record(
            Action.VERSION_ACCEPTED,
            subject=version,
            changed=DocumentVersion.answering().filter(pk__in=[version.pk, *before]),
            document=version.document.named,
            number=version.number,
            sha256=version.original.sha256 if version.original else "",
        )
    return True


def refuse(version: DocumentVersion, flaw: Flaw) -> bool:
    """Refuses a version and deletes its file. False if somebody was quicker; then nothing changes."""
    with audit.change(by=None) as change:
        won = DocumentVersion.objects.filter(pk=version.pk, state=State.CHECKING).update(
            state=State.REFUSED, original=None, pages=None, refusal=flaw, checked_at=change.at
        )
        if not won:
            return False
        page_images.discard(version)
        if version.original is not None:
            vault.delete(version.original)
        change.record(
            Action.VERSION_REFUSED,
            subject=version,
            changed=DocumentVersion.answering().filter(pk=version.pk),
            document=version.document.named,
            number=version.number,
            flaw=flaw.value,
        )
    return True


def _flaw(failure: sandbox.SandboxError) -> Flaw:
    match failure:
        case sandbox.TooSlow():
            return Flaw.TOO_SLOW
        case sandbox.TooLarge():
            return Flaw.UNPACKS_TOO_FAR
        case _:
            return Flaw.BROKEN
