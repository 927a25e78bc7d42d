"""Reads leaked files in a child process, records which copy each was made from, and deletes them."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from documents.models import Trace
from trustcenter import audit
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox

if TYPE_CHECKING:
    from documents.tracing.answers import Answer

# A page of unknown scale takes seconds; the worker ends a task at 80 % of its lease of 300 s.
LIMITS = sandbox.Limits(cpu=180, clock=200.0)
# How many MiB of a leaked file stay decrypted in memory while a parser seeks in it.
IN_REACH = 16
State = Trace.State


def trace_at(path: Path) -> Trace:
    """Traces a file on this machine now, and records the question and the answer.

    Raises OSError if the file cannot be read, and sandbox.Unavailable.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = path.stat().st_size
        with audit.change(by=None) as change:
            trace = Trace.objects.create(name=path.name[:200], size=size, sha256=sha256, state=State.READING)
            change.record(Action.TRACE_ASKED, subject=trace, changed=[trace], sha256=sha256)
        try:
            _examine(trace, file)
        except sandbox.Unavailable:
            give_up(trace, Trace.Failure.LOST)
            raise
    trace.refresh_from_db()
    return trace


def examine(trace: Trace) -> None:
    """Reads a waiting file in a child process. A finished trace is left as it is."""
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
    # Imported here: numpy takes 6 MB, and most processes never trace a file.
    from documents.tracing.answers import answer

    conclude(trace, answer(said))


def conclude(trace: Trace, found: "Answer") -> bool:
    """Stores the answer and deletes the file. Returns False, and changes nothing, if the trace is already finished."""
    answered = {
        "state": State.ANSWERED,
        "verdict": found.verdict,
        "delivery_id": found.delivery,
        "findings": found.findings,
    }
    return _finish(trace, answered, Action.TRACE_ANSWERED, verdict=found.verdict.value, codes=found.codes)


def give_up(trace: Trace, failure: Trace.Failure) -> bool:
    """Stores why the file could not be read, and deletes it. Returns False if the trace is already finished."""
    failed = {"state": State.FAILED, "failure": failure}
    return _finish(trace, failed, Action.TRACE_FAILED, failure=failure.value)


def _finish(trace: Trace, columns: dict[str, Any], action: Action, **words: Any) -> bool:
    with audit.change(by=None) as change:
        waiting = Trace.objects.filter(pk=trace.pk, finished_at=None)
        if not waiting.update(**columns, file=None, finished_at=change.at):
            return False
        if trace.file is not None:
            vault.delete(trace.file)
        change.record(action, subject=trace, changed=Trace.objects.filter(pk=trace.pk), sha256=trace.sha256, **words)
    return True


def _failure(failure: sandbox.SandboxError) -> Trace.Failure:
    match failure:
        case sandbox.TooSlow():
            return Trace.Failure.TOO_SLOW
        case sandbox.TooLarge():
            return Trace.Failure.TOO_LARGE
        case _:
            return Trace.Failure.BROKEN
