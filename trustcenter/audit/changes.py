"""One change: a transaction with its records, mails and tasks. docs/transactions.md has the order of its locks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.tasks import Task
from django.utils import timezone

from trustcenter.audit.actions import Action
from trustcenter.audit.facts import Answering, of
from trustcenter.audit.text import subject_of
from trustcenter.audit.words import sentence
from trustcenter.web import revision

if TYPE_CHECKING:
    from trustcenter.audit.log import Entry

_when_public_content_changes: "list[Callable[[Change], None]]" = []


def when_public_content_changes(function: "Callable[[Change], None]") -> None:
    """Calls the function at the end of every change that changes what everyone may see. For `AppConfig.ready`.

    It may add rows and records to the change. The content's revision is counted already.
    """
    _when_public_content_changes.append(function)


class FlowError(Exception):
    """A step that cannot be taken.

    `code` is what records and programs keep, `words` what its sentence names. The text is the sentence for the person
    who tried, in their language.
    """

    def __init__(self, code: models.TextChoices, **words: str) -> None:
        self.code, self.words = str(code.value), words
        super().__init__(sentence(code.label, words))


class Change:
    """Collects the records, mails and tasks of one change. They are written when the block ends."""

    def __init__(self, by: models.Model | None) -> None:
        self.by = by
        # One time for all rows of a change, so that they can be compared.
        self.at = timezone.now()
        self.public_content_changed = False
        self._records: list[Entry] = []
        # For each record, the rows whose facts it has to hold.
        self._changed: list[list[Iterable[Answering]]] = []
        self._also: list[Iterable[Answering]] = []
        self._removed: dict[str, None] = {}
        self._mails: list[dict[str, Any]] = []
        self._tasks: list[tuple[Task[..., Any], tuple[Any, ...]]] = []
        self._after: list[Callable[[int], object]] = []

    def has_waited(self) -> None:
        """Takes the time again, right after the first lock: what another change wrote meanwhile counts as before this one."""
        self.at = timezone.now()

    def record(
        self,
        action: Action,
        *,
        subject: models.Model | None = None,
        changed: Iterable[Answering] = (),
        **data: Any,
    ) -> None:
        """Adds a record that `by` did `action`. `data` are codes, ids, ISO dates and what people typed.

        `changed` are the rows whose facts this record holds: instances that say what the database says, or a queryset,
        which is read when the block ends.
        """
        self._add(action, self.by, subject, changed, data)

    def record_effect(
        self,
        action: Action,
        *,
        subject: models.Model | None = None,
        changed: Iterable[Answering] = (),
        **data: Any,
    ) -> None:
        """Adds a record of an effect: the trust center acted, not the person."""
        self._add(action, None, subject, changed, data)

    def changed(self, *rows: Iterable[Answering]) -> None:
        """Adds rows whose facts the first record of this change has to hold."""
        self._also += rows

    def removed(self, *rows: models.Model) -> None:
        """Says that these rows are deleted, before they are. The first record of this change holds it."""
        self._removed |= {subject_of(row): None for row in rows}

    def _add(
        self,
        action: Action,
        actor: models.Model | None,
        subject: models.Model | None,
        changed: Iterable[Answering],
        data: dict[str, Any],
    ) -> None:
        # Here and in `write`, because Django imports this package before any model may be defined.
        from trustcenter.audit import log

        # Now, because a row that is deleted next has no id at the end.
        self._records.append(log.entry(action, actor=actor, subject=subject, data=data))
        self._changed.append([changed])

    def mail(self, template: str, *, to: str, context: dict[str, Any] | None = None, **more: Any) -> None:
        """Sends a mail after the commit; `template` names a file in templates/mail/, rendered when the block ends.

        `more` are the attachments of the mail and when it expires, as in `trustcenter.work.mail.send`.
        """
        self._mails.append({"template": template, "to": to, "context": context, **more})

    def task(self, task: "Task[..., Any]", *arguments: Any) -> None:
        """Runs a task after the commit."""
        self._tasks.append((task, arguments))

    def after_records(self, function: Callable[[int], object]) -> None:
        """Calls the function with the number of the first record once all are written. Only erasing needs this."""
        self._after.append(function)

    def write(self) -> None:
        """Writes everything in the one order: mails, tasks, the content's revision, and the log last."""
        from trustcenter.audit import log
        from trustcenter.work import mail

        for message in self._mails:
            if not message["to"].endswith(mail.NOBODY):
                mail.send(message.pop("template"), **message)
        for task, arguments in self._tasks:
            task.enqueue(*arguments)
        if self.public_content_changed:
            revision.count()
            for follows in _when_public_content_changes:
                follows(self)
        if self._records or self._also or self._removed:
            first = log.append(self._with_facts())
            for function in self._after:
                function(first)

    def _with_facts(self) -> "list[Entry]":
        """The records with the facts of their rows as they are now. Raises ValueError for rows without a record."""
        if not self._records:
            raise ValueError("rows that answer to the log were changed, and nothing was recorded")
        self._changed[0] += self._also
        facts: list[dict[str, Mapping[str, Any] | None]] = [
            {subject: one for rows in groups for subject, one in of(rows).items()} for groups in self._changed
        ]
        facts[0] |= self._removed
        return [replace(entry, facts=one) for entry, one in zip(self._records, facts, strict=True)]


@contextmanager
def change(*, by: models.Model | None) -> Iterator[Change]:
    """The transaction of one change made by the person `by`, or by the trust center itself.

    The block wins its row, locks what it needs in the order of docs/transactions.md, changes it, and hands in what
    follows. Records, mails and tasks are written when the block ends, the head of the log last, so nobody holds the log
    while waiting for a row. An error in the block undoes all of it. Never call a mail server, a key service, a disk or a
    bucket inside: fetch before, and check again inside. Raises RuntimeError inside another transaction.
    """
    with transaction.atomic(durable=True):
        made = Change(by)
        with revision.noticed() as noticed:
            yield made
        made.public_content_changed |= bool(noticed)
        made.write()
