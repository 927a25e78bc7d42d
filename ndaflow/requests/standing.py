"""Which documents a person has requested and not yet received, for the lists of documents."""

from datetime import datetime

from django.urls import reverse

from documents.standing import Standing
from ndaflow.requests.my_access import documents, read
from trustcenter.accounts.models import User


def waiting(reader: User, at: datetime) -> dict[int, Standing]:
    """What the reader's requests wait for, by the document's key, in the words of the page they lead to."""
    return {
        row.item.document_id: Standing(
            row.state.tone,
            str(row.state.label),
            href=reverse("requests:request", args=[row.item.request_id]),
        )
        for row in documents(read(reader, at).rows)
        if row.state.is_waiting or row.state.needs_signature
    }
