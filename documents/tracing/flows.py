"""The step by which a leaked file is sent to be traced. It is examined in `examining`."""

from typing import cast

from django.db import transaction
from django.utils.translation import gettext as _

from documents import tasks
from documents.models import Trace
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.vault import files as vault


class Refused(Exception):
    """A step that cannot be taken; the text is a sentence for the person who tried."""


def ask(draft: vault.Draft, *, name: str, by: User) -> Trace:
    """Keeps a leaked file and has it read; `draft` is for the `file` of a trace that has no row yet."""
    if not by.has_perm("documents.trace_delivery"):
        raise Refused(_("You may not trace files."))
    if not draft.size:
        raise Refused(_("The file is empty. Please choose another one."))
    with transaction.atomic(durable=True):
        # The file is bound to this row, whose key it knew before there was a row.
        trace = cast(Trace, draft.owner)
        trace.asked_by, trace.name = by, name[:200]
        trace.file = stored = draft.keep()
        trace.size, trace.sha256 = stored.size, stored.sha256
        trace.save(force_insert=True)
        tasks.trace_file.enqueue(trace.pk)
        record(Action.TRACE_ASKED, actor=by, subject=trace, sha256=trace.sha256)
    return trace
