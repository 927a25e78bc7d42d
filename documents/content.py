"""The documents as a section of the content file. Their files are uploaded separately."""

from collections.abc import Mapping
from typing import Any

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from certifications.content import save_entries
from certifications.sections import Entry, Section
from documents.models import Document
from trustcenter.audit import Change

DOCUMENTS = Section(
    "documents",
    Document,
    ("slug", "title", "kind", "class", "summary", "as_of", "period_start", "period_end", "valid_until"),
    optional=frozenset({"period_start", "period_end", "valid_until"}),
    renamed={"class": "access_class"},
)


def read(data: Mapping[str, Any], errors: list[str]) -> list[Entry]:
    """The documents in a parsed content file. Adds a sentence to `errors` for everything wrong."""
    entries = DOCUMENTS.read_list(data, errors)
    for entry in entries:
        start, end = getattr(entry.row, "period_start", None), getattr(entry.row, "period_end", None)
        if (start is None) != (end is None) or (start and end and end < start):
            errors.append(f"{entry.path}.period_end: " + _("A reporting period has a start and an end, in this order."))
    return entries


def write(change: Change, entries: list[Entry], errors: list[str]) -> None:
    """Makes the documents in the database those of the file, in a change that has to be undone on `errors`.

    A document with versions, grants or requests is never removed: the record of who read what refers to it.
    """
    before = dict(Document.objects.filter(versions__isnull=False).values_list("slug", "access_class"))
    save_entries(DOCUMENTS, entries)
    for slug, access_class in Document.objects.filter(slug__in=before).values_list("slug", "access_class"):
        if Document.Class(access_class).approvals_needed < Document.Class(before[slug]).approvals_needed:
            # One person edits the file; it must not open a document that two people have to approve.
            sentence = _("'%(slug)s' has versions. Its class can be made stricter, but not more open.")
            errors.append("documents: " + sentence % {"slug": slug})
    for document in Document.objects.exclude(slug__in=[entry.slug for entry in entries]):
        change.removed(document)
        try:
            document.delete()
        except ProtectedError:
            words = {"slug": document.slug, "title": document.title}
            sentence = _(
                "'%(slug)s' (%(title)s) is missing from the file. It has versions, grants or requests, so it cannot be removed."
            )
            errors.append("documents: " + sentence % words)
    change.changed(Document.objects.all())


def table() -> dict[str, Any]:
    """The documents as tables of the content file."""
    return {"documents": [DOCUMENTS.table_of(document) for document in Document.objects.all()]}


def public_facts(document: Document) -> dict[str, Any]:
    """A document as in /posture.json: without its files, and without the summary if it is gated."""
    facts = {
        "slug": document.slug,
        "title": document.title,
        "kind": document.kind,
        "class": document.access_class,
        "period_start": document.period_start,
        "period_end": document.period_end,
    }
    if document.is_gated:
        return facts
    return facts | {
        "summary": document.summary,
        "as_of": document.as_of,
        "valid_until": document.valid_until,
    }
