"""At which levels somebody reads: for posts that only the readers of a level get."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from documents import access
from documents.models import Document, Level
from trustcenter.accounts.models import User


def gated_levels() -> dict[str, str]:
    """The names of the levels that only some readers have, by slug."""
    return dict(Level.objects.filter(is_public=False).values_list("slug", "name"))


def open_levels(reader: User | AnonymousUser, at: datetime) -> set[str]:
    """The slugs of the levels at which the door opens a document to the reader at this instant."""
    if not isinstance(reader, User):
        return set()
    held = Document.objects.filter(grants__holder=reader, grants__ended_at=None).distinct()
    documents = list(held.select_related("level").prefetch_related("versions"))
    granted = access.open_grants(reader, documents, at)
    return {document.level.slug for document in documents if document.level and document.pk in granted}
