"""Publishing a checked version, for the first time or again, and discarding one that is not wanted."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from documents import tasks
from documents.models import Document, DocumentVersion, VersionDate, VersionNotice
from documents.reading import page_images
from documents.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault

State = DocumentVersion.State


@dataclass(frozen=True)
class Dates:
    """What readers are told about a version: its date, the period it covers, and how long it holds."""

    as_of: date
    period_start: date | None = None
    period_end: date | None = None
    valid_until: date | None = None

    @classmethod
    def of(cls, document: Document) -> "Dates":
        return cls(document.as_of, document.period_start, document.period_end, document.valid_until)

    @property
    def are_in_order(self) -> bool:
        start, end = self.period_start, self.period_end
        return (start is None) == (end is None) and (start is None or end is None or start <= end)


def usual_dates(version: DocumentVersion) -> Dates:
    """The dates that were confirmed with this version before, or those of its document."""
    if version.as_of is None:
        return Dates.of(version.document)
    return Dates(version.as_of, version.period_start, version.period_end, version.valid_until)


def publish(version: DocumentVersion, dates: Dates, *, by: User, tell_readers: bool = False) -> None:
    """Makes a version that waits, or a former one, the one that readers get, with these dates.

    With `tell_readers`, everyone who may read it now gets a mail. Raises FlowError.
    """
    if not by.has_perm("documents.add_documentversion"):
        raise FlowError(Refusal.NOT_EDITOR)
    if not dates.are_in_order:
        raise FlowError(Refusal.PERIOD)
    with audit.change(by=by) as change:
        document, version = lock(version)
        if not version.can_be_published:
            raise FlowError(Refusal.NOT_READY)
        go_live(change, document, version, dates, tell_readers=tell_readers)


def lock(version: DocumentVersion) -> tuple[Document, DocumentVersion]:
    """The document, then the version, for the rest of the change."""
    document = Document.objects.select_for_update(no_key=True).get(pk=version.document_id)
    return document, DocumentVersion.answering().select_for_update(no_key=True, of=("self",)).get(pk=version.pk)


def go_live(
    change: Change, document: Document, version: DocumentVersion, dates: Dates, *, tell_readers: bool, **more: Any
) -> None:
    """Publishes a complete version inside a change that has locked it, and tells its readers if that is wanted."""
    make_current(change, document, version, dates, **more)
    if tell_readers:
        # The mails themselves are made by a task, however many there are.
        notice = VersionNotice.objects.create(version=version, at=change.at)
        change.record(Action.VERSION_ANNOUNCED, subject=version, document=document.named, number=version.number)
        change.task(tasks.tell_readers, notice.pk)


def make_current(change: Change, document: Document, version: DocumentVersion, dates: Dates, **more: Any) -> None:
    """Publishes a complete version inside a change that has locked its document.

    Readers who are reading or downloading the version before are stopped by the door, as with every replacement.
    """
    others = DocumentVersion.objects.filter(document=document, state=State.CURRENT)
    before = list(others)
    for old in before:
        # Readers get page images of the current version only, and the original is kept to draw them again.
        page_images.discard(old)
    others.update(state=State.SUPERSEDED)
    given = asdict(dates)
    DocumentVersion.objects.filter(pk=version.pk).update(state=State.CURRENT, published_at=change.at, **given)
    Document.objects.filter(pk=document.pk).update(**given)
    VersionDate.objects.filter(version=version).delete()
    change.public_content_changed = True
    change.record(
        Action.VERSION_PUBLISHED,
        subject=version,
        changed=DocumentVersion.answering().filter(pk__in=[version.pk, *(old.pk for old in before)]),
        document=document.named,
        number=version.number,
        before=[old.number for old in before],
        dates={name: value.isoformat() if value else "" for name, value in given.items()},
        **more,
    )


def discard(version: DocumentVersion, *, by: User) -> None:
    """Discards a version that waits to be published, and deletes its files. Raises FlowError."""
    if not by.has_perm("documents.add_documentversion"):
        raise FlowError(Refusal.NOT_EDITOR)
    with audit.change(by=by) as change:
        found = DocumentVersion.answering().select_for_update(no_key=True, of=("self",)).get(pk=version.pk)
        if found.state != State.READY:
            raise FlowError(Refusal.NOT_WAITING)
        files = [file for file in (found.original, found.reading_copy) if file is not None]
        DocumentVersion.objects.filter(pk=found.pk).update(
            state=State.DISCARDED, original=None, reading_copy=None, mark_slots=[], pages=None, pages_proven=0
        )
        VersionDate.objects.filter(version=found).delete()
        page_images.discard(found)
        for file in files:
            vault.delete(file)
        change.record(
            Action.VERSION_DISCARDED,
            subject=found,
            changed=DocumentVersion.answering().filter(pk=found.pk),
            document=version.document.named,
            number=found.number,
        )
