"""Reads leaked files in a child process, answers which copy they came from, and deletes them."""

import hashlib
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.models import Trace
from documents.tracing.answers import Answer, answer
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox

# A page takes seconds where nothing is known of its scale; the worker ends a task at 80 % of its lease of 300 s.
LIMITS = sandbox.Limits(cpu=180, clock=200.0)
# How many MiB of a leaked file are kept decrypted while a parser jumps about in it.
IN_REACH = 16
State = Trace.State


def trace_at(path: Path) -> Trace:
    """Traces a file on this machine at once, where it lies, and writes down what was asked and answered.

    Raises OSError for a file that cannot be read.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        with transaction.atomic(durable=True):
            size = path.stat().st_size
            trace = Trace.objects.create(name=path.name[:200], size=size, sha256=sha256, state=State.READING)
            record(Action.TRACE_ASKED, actor=None, subject=trace, sha256=sha256)
        _examine(trace, file)
    trace.refresh_from_db()
    return trace


def examine(trace: Trace) -> None:
    """Reads a file that waits for it, in a child process; one that has its answer is left alone."""
    if trace.is_finished or trace.file is None:
        return
    Trace.objects.filter(pk=trace.pk, finished_at=None).update(state=State.READING)
    with vault.open(trace, "file", kept=IN_REACH) as source:
        _examine(trace, source)


def _examine(trace: Trace, source: BinaryIO) -> None:
    try:
        said = sandbox.run("documents.tracing.files:examine", source, limits=LIMITS)
    except sandbox.SandboxError as failure:
        give_up(trace, _failure(failure))
        return
    conclude(trace, answer(said))


def conclude(trace: Trace, found: Answer) -> bool:
    """Writes the answer down and deletes the file. False if somebody was quicker; then nothing changes."""
    change: dict[str, Any] = {
        "state": State.ANSWERED,
        "verdict": found.verdict,
        "delivery_id": found.delivery,
        "findings": found.findings,
    }
    return _finish(trace, change, answer=str(found.verdict.label), codes=found.codes)


def give_up(trace: Trace, sentence: str) -> bool:
    """Says why a file could not be read and deletes it. False if somebody was quicker; then nothing changes."""
    return _finish(trace, {"state": State.FAILED, "failure": sentence}, answer=sentence, codes=[])


def _finish(trace: Trace, change: dict[str, Any], **told: Any) -> bool:
    with transaction.atomic(durable=True):
        waiting = Trace.objects.filter(pk=trace.pk, finished_at=None)
        if not waiting.update(**change, file=None, finished_at=timezone.now()):
            return False
        if trace.file is not None:
            vault.delete(trace.file)
        record(Action.TRACE_ANSWERED, actor=None, subject=trace, sha256=trace.sha256, **told)
    return True


def _failure(failure: sandbox.SandboxError) -> str:
    match failure:
        case sandbox.TooSlow():
            return _("Reading the file took too long. Please send fewer pages, or one page as a picture.")
        case sandbox.TooLarge():
            return _("The file unpacks to more than we read. Please send one page of it as a picture.")
        case _:
            return _(
                "The file is damaged or encrypted, so nothing in it could be read. Please send a page as a picture."
            )
