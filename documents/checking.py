"""Checking an upload: look it over and make its reading copy in a child process, then accept or refuse it."""

from django.db import transaction
from django.utils import timezone

from certifications import revision
from documents import refusals, sandbox, vault
from documents.flaws import Flaw
from documents.marking import Slot
from documents.models import Document, DocumentVersion
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record

State = DocumentVersion.State


def check(version: DocumentVersion) -> None:
    """Checks a version that waits for it; one that has its verdict is left alone."""
    if version.state != State.CHECKING or version.original is None:
        return
    with vault.on_disk(version.original) as source:
        target = source.with_name("reading-copy.pdf")
        try:
            findings = sandbox.run("documents.inspection:inspect", source)
        except sandbox.SandboxError as failure:
            refuse(version, refusals.sentence(_flaw(failure)))
            return
        if findings["flaw"]:
            refuse(version, refusals.sentence(Flaw(findings["flaw"])))
            return
        try:
            prepared = sandbox.run("documents.reading_copy:prepare_at", source, target)
        except sandbox.SandboxError:
            refuse(version, refusals.sentence(Flaw.UNMARKABLE))
            return
        with vault.draft_of(target) as draft:
            accept(version, draft, pages=prepared["pages"], slots=prepared["slots"], signed=findings["signed"])


def accept(version: DocumentVersion, reading_copy: vault.Draft, *, pages: int, slots: list[Slot], signed: bool) -> bool:
    """Makes a checked version what readers get. False if somebody was quicker; then nothing changes."""
    with transaction.atomic(durable=True):
        Document.objects.select_for_update().get(pk=version.document_id)
        others = DocumentVersion.objects.filter(document_id=version.document_id, state=State.CURRENT)
        # An older upload whose check took longer must not push out a newer one.
        overtaken = others.filter(number__gt=version.number).exists()
        checking = DocumentVersion.objects.filter(pk=version.pk, state=State.CHECKING)
        if not checking.exists():
            return False
        if not overtaken:
            others.update(state=State.SUPERSEDED)
        checking.update(
            state=State.SUPERSEDED if overtaken else State.CURRENT,
            reading_copy=reading_copy.keep(),
            pages=pages,
            mark_slots=slots,
            carries_signature=signed,
            checked_at=timezone.now(),
        )
        revision.bump()
        record(
            Action.VERSION_ACCEPTED,
            actor=None,
            subject=version,
            document=version.document.title,
            number=version.number,
        )
    return True


def refuse(version: DocumentVersion, sentence: str) -> bool:
    """Refuses a version and deletes its file. False if somebody was quicker; then nothing changes."""
    with transaction.atomic(durable=True):
        won = DocumentVersion.objects.filter(pk=version.pk, state=State.CHECKING).update(
            state=State.REFUSED, original=None, refusal=sentence, checked_at=timezone.now()
        )
        if not won:
            return False
        if version.original is not None:
            vault.delete(version.original)
        record(
            Action.VERSION_REFUSED,
            actor=None,
            subject=version,
            document=version.document.title,
            number=version.number,
            reason=sentence,
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
