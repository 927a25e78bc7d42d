"""The documents as they were on a day."""

from certifications.history import past
from certifications.models import PostureRevision
from documents.models import Document, Level


def documents(revision: PostureRevision) -> list[Document]:
    """The documents of a revision, as rows that are in no database."""
    data = revision.data
    levels = {
        table["slug"]: past.row_of(Level, table, number, is_public=table["public"])
        for number, table in enumerate(data["levels"], 1)
    }
    return [
        past.row_of(Document, table, number, level=levels.get(table["level"]))
        for number, table in enumerate(data["documents"], 1)
    ]
