"""Checking an upload: look it over, make its reading copy and prove every page of it, each in a child process; then accept
or refuse it.
"""

import json
import time

from documents.intake import publishing
from documents.intake.flaws import Flaw
from documents.intake.publishing import Dates
from documents.marks.marking import Slot
from documents.models import Document, DocumentVersion
from documents.reading import page_images
from trustcenter import audit
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox

State = DocumentVersion.State
# How many MiB of an original stay decrypted in memory while a parser seeks in it.
IN_REACH = 16
# The most that a reading copy may be longer than its original: the mark, and the overhead of rewriting.
MARGIN = 64 * sandbox.MIB
# A child that proves pages ends well before the worker stops a task, with a check's other children before and behind it.
PROOF = sandbox.Limits(cpu=60, clock=60.0)

# Pages are proven and drawn for so long at a time, in seconds; a child proves as many as it can in the first of them. A
# check that has taken longer than the last number ends, and goes on in another call: the worker stops a task at 80 % of
# its lease.
AT_ONCE, PROVING, DRAWING, LATE = 8, 40.0, 30.0, 100.0


class _Flawed(Exception):
    """The file cannot be used, because of a flaw, on a page if it is known. `code` is that of a reader's copy."""

    def __init__(self, flaw: Flaw, page: int | None = None, code: str = "") -> None:
        self.flaw, self.page, self.code = flaw, page, code


def check(version: DocumentVersion) -> bool:
    """Checks a waiting version; does nothing if the version is already decided.

    The reading copy is made once and kept; then its pages are proven and, if readers need pictures, drawn. False when
    there is no verdict yet because pages are left to prove or to draw: then it has to be called again.
    """
    if version.state != State.CHECKING or version.original is None:
        return True
    began = time.monotonic()
    try:
        if version.reading_copy is None:
            _prepare(version, version.original.size)
            version = DocumentVersion.answering().select_related("document__level").get(pk=version.pk)
            if version.reading_copy is None:
                # Somebody else was quicker and has refused it.
                return True
        for step in (_proven, _drawn):
            if time.monotonic() - began > LATE or not step(version):
                return False
    except _Flawed as flawed:
        refuse(version, flawed.flaw, page=flawed.page, code=flawed.code)
        return True
    accept(version)
    return True


def _prepare(version: DocumentVersion, size: int) -> None:
    """Inspects the original, and makes and stores its reading copy."""
    with vault.open(version, "original", kept=IN_REACH) as source:
        try:
            findings = sandbox.run("documents.intake.inspection:inspect", source)
        except sandbox.SandboxError as failure:
            raise _Flawed(_flaw(failure)) from failure
        if findings["flaw"]:
            raise _Flawed(Flaw(findings["flaw"]), code=findings["code"])
        with vault.Draft(version, "reading_copy") as draft:
            limits = sandbox.Limits(file=size + MARGIN)
            try:
                prepared = sandbox.run("documents.intake.reading_copy:prepare", source, draft, limits=limits)
            except sandbox.SandboxError as failure:
                raise _Flawed(Flaw.UNMARKABLE) from failure
            keep_copy(version, draft, pages=prepared["pages"], slots=prepared["slots"], signed=findings["signed"])


def keep_copy(version: DocumentVersion, copy: vault.Draft, *, pages: int, slots: list[Slot], signed: bool) -> bool:
    """Stores the reading copy of a version being checked. Returns False, and changes nothing, if there is one already."""
    copy.finish()
    with audit.change(by=None):
        unprepared = DocumentVersion.objects.select_for_update(no_key=True).filter(
            pk=version.pk, state=State.CHECKING, reading_copy=None
        )
        if not unprepared.exists():
            return False
        unprepared.update(reading_copy=copy.keep(), pages=pages, mark_slots=slots, carries_signature=signed)
    return True


def _proven(version: DocumentVersion) -> bool:
    """Proves that the mark is visible on some more pages. Returns whether all are proven. The desk shows the progress."""
    checking = DocumentVersion.objects.filter(pk=version.pk, state=State.CHECKING)
    slots, proven, end = json.dumps(version.mark_slots), version.pages_proven, time.monotonic() + PROVING
    with vault.open(version, "reading_copy", kept=IN_REACH) as source:
        while True:
            try:
                proof = sandbox.run(
                    "documents.intake.proof:prove", source, None, slots, proven + 1, AT_ONCE, limits=PROOF
                )
            except sandbox.SandboxError as failure:
                raise _Flawed(_flaw(failure, Flaw.UNMARKABLE)) from failure
            if proof["hidden"]:
                raise _Flawed(Flaw.MARK_HIDDEN, proof["hidden"])
            proven = proof["proven"]
            checking.update(pages=proof["pages"], pages_proven=proven)
            version.pages = proof["pages"]
            if proven == proof["pages"]:
                return True
            if time.monotonic() > end:
                return False


def _drawn(version: DocumentVersion) -> bool:
    """Draws missing page images of a view-only document. Returns whether all are there."""
    if not version.document.is_view_only:
        return True
    try:
        return page_images.draw(version, version.pages or 0, DRAWING)
    except page_images.Undrawable as failure:
        raise _Flawed(Flaw.UNDRAWABLE) from failure


def draw_late(version: DocumentVersion) -> bool:
    """Draws the pages of a current version that somebody may only read here since its check.

    Returns False if pages are left to draw. Then call it again. If a page cannot be drawn, the document stays closed and
    the desk shows the reason.
    """
    if version.state != State.CURRENT or version.drawing_failure or not page_images.are_needed(version):
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


def accept(version: DocumentVersion) -> bool:
    """Ends the check of a version whose pages are proven: it is ready to be published.

    What the trust center uploaded itself, without a person, is published at once. Returns False, and changes nothing, if
    the version is already decided.
    """
    with audit.change(by=None) as change:
        document = Document.objects.select_for_update(no_key=True).get(pk=version.document_id)
        ready = DocumentVersion.objects.filter(pk=version.pk, state=State.CHECKING)
        if not ready.update(state=State.READY, checked_at=change.at):
            return False
        change.record(
            Action.VERSION_ACCEPTED,
            subject=version,
            changed=DocumentVersion.answering().filter(pk=version.pk),
            document=version.document.named,
            number=version.number,
            sha256=version.original.sha256 if version.original else "",
        )
        # An older upload whose check took longer must not take the place of a newer one.
        overtaken = document.versions.filter(state=State.CURRENT, number__gt=version.number).exists()
        if version.uploaded_by_id is None and not overtaken:
            publishing.make_current(change, document, version, Dates.of(document))
    return True


def refuse(version: DocumentVersion, flaw: Flaw, page: int | None = None, code: str = "") -> bool:
    """Refuses a version and deletes its files. Returns False, and changes nothing, if it is already decided.

    `page` is the page that has the flaw, counted from 1; `code` is the copy code of a reader's copy.
    """
    with audit.change(by=None) as change:
        checking = DocumentVersion.objects.select_for_update(no_key=True).filter(pk=version.pk, state=State.CHECKING)
        found = checking.first()
        if found is None:
            return False
        files = [file for file in (found.original, found.reading_copy) if file is not None]
        checking.update(
            state=State.REFUSED,
            original=None,
            reading_copy=None,
            mark_slots=[],
            pages=None,
            pages_proven=0,
            refusal=flaw,
            refusal_page=page,
            refusal_code=code,
            checked_at=change.at,
        )
        page_images.discard(version)
        for file in files:
            vault.delete(file)
        change.record(
            Action.VERSION_REFUSED,
            subject=version,
            changed=DocumentVersion.answering().filter(pk=version.pk),
            document=version.document.named,
            number=version.number,
            flaw=flaw.value,
            **({"page": page} if page else {}),
            **({"code": code} if code else {}),
        )
    return True


def _flaw(failure: sandbox.SandboxError, otherwise: Flaw = Flaw.BROKEN) -> Flaw:
    match failure:
        case sandbox.TooSlow():
            return Flaw.TOO_SLOW
        case sandbox.TooLarge():
            return Flaw.UNPACKS_TOO_FAR
        case _:
            return otherwise
