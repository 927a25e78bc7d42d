"""The step by which a leaked file is sent to be traced. It is examined in `examining`."""

from typing import cast

from documents import tasks
from documents.models import Trace
from documents.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.web import typed


def ask(draft: vault.Draft, *, name: str, by: User) -> Trace:
    """Stores a leaked file and starts its examination. `draft` is for the `file` of a trace without a row."""
    if not by.has_perm("documents.trace_delivery"):
        raise FlowError(Refusal.NOT_TRACER)
    if not draft.size:
        raise FlowError(Refusal.EMPTY)
    draft.finish()
    with audit.change(by=by) as change:
        # The file is bound to this row, whose key it knew before there was a row.
        trace = cast(Trace, draft.owner)
        trace.asked_by, trace.name = by, typed.shown(name)[:200]
        trace.file = stored = draft.keep()
        trace.size, trace.sha256 = stored.size, stored.sha256
        trace.save(force_insert=True)
        change.task(tasks.trace_file, trace.pk)
        change.record(Action.TRACE_ASKED, subject=trace, changed=[trace], sha256=trace.sha256)
    return trace
