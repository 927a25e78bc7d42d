"""The step that uploads a new version of a document. `checking` accepts or refuses it."""

from typing import cast

from django.db.models import Max

from documents import tasks
from documents.models import Document, DocumentVersion
from documents.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault


def upload(document: Document, draft: vault.Draft, *, by: User | None) -> DocumentVersion:
    """Stores an upload as the document's next version and starts its check. Until then readers get the current
    version.

    `draft` is for the `original` of a version that has no row yet. `by` is None where the trust center loads its own
    content.
    """
    if by is not None and not by.has_perm("documents.add_documentversion"):
        raise FlowError(Refusal.NOT_EDITOR)
    if not draft.size:
        raise FlowError(Refusal.EMPTY)
    draft.finish()
    with audit.change(by=by) as change:
        # Two uploads at once would take the same number. `no_key`: a request that refers to the document does not wait.
        Document.objects.select_for_update(no_key=True).get(pk=document.pk)
        newest = document.versions.aggregate(newest=Max("number"))["newest"] or 0
        # The file is bound to this row, whose key it knew before there was a row.
        version = cast(DocumentVersion, draft.owner)
        version.document, version.number, version.uploaded_by = document, newest + 1, by
        version.original = draft.keep()
        version.save(force_insert=True)
        change.task(tasks.check_version, version.pk)
        change.record(
            Action.VERSION_UPLOADED,
            subject=version,
            changed=[version],
            document=document.named,
            number=version.number,
            sha256=version.original.sha256,
        )
    return version
