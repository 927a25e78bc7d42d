"""The step by which a document gets a new version. Its verdict falls in `checking`."""

from typing import cast

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from documents import tasks
from documents.models import Document, DocumentVersion
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.vault import files as vault


class Refused(Exception):
    """A step that cannot be taken; the text is a sentence for the person who tried."""


def upload(document: Document, draft: vault.Draft, *, by: User | None) -> DocumentVersion:
    """Keeps an upload as the document's next version and has it checked; readers keep the one they have until
    then.

    `draft` is for the `original` of a version that has no row yet. `by` is None where the trust center loads its own
    content.
    """
    if by is not None and not by.has_perm("documents.add_documentversion"):
        raise Refused(_("You may not upload documents."))
    if not draft.size:
        raise Refused(_("The file is empty. Please choose another one."))
    with transaction.atomic(durable=True):
        # Two uploads at once would take the same number. `no_key`: whoever asks for the document refers to its row at
        # commit, with the log's lock in hand that we are about to wait for.
        Document.objects.select_for_update(no_key=True).get(pk=document.pk)
        newest = document.versions.aggregate(newest=Max("number"))["newest"] or 0
        # The file is bound to this row, whose key it knew before there was a row.
        version = cast(DocumentVersion, draft.owner)
        version.document, version.number, version.uploaded_by = document, newest + 1, by
        version.original = draft.keep()
        version.save(force_insert=True)
        tasks.check_version.enqueue(version.pk)
        record(Action.VERSION_UPLOADED, actor=by, subject=version, document=document.title, number=version.number)
    return version
