"""The documents as a section of the content file. Their versions are files, and come another way."""

from collections.abc import Mapping
from typing import Any

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from certifications.content import save_entries
from certifications.sections import Entry, Section
from documents.models import Document

DOCUMENTS = Section(
    "documents",
    Document,
    ("slug", "title", "kind", "class", "summary", "as_of", "period_start", "period_end", "valid_until"),
    optional=frozenset({"period_start", "period_end", "valid_until"}),
    renamed={"class": "access_class"},
)


def read(data: Mapping[str, Any], errors: list[str]) -> list[Entry]:
    """The documents in a parsed content file; everything wrong with them is added to `errors`."""
    entries = DOCUMENTS.read_list(data, errors)
    for entry in entries:
        start, end = getattr(entry.row, "period_start", None), getattr(entry.row, "period_end", None)
        if (start is None) != (end is None) or (start and end and end < start):
            errors.append(f"{entry.path}.period_end: " + _("A reporting period has a start and an end, in this order."))
    return entries


def write(entries: list[Entry], errors: list[str]) -> None:
    """Makes the library hold what the file lists. Call it in a transaction, and roll back on `errors`.

    A document with versions, grants or requests is never removed: what was read, and by whom, hangs on it.
    """
    before = dict(Document.objects.filter(versions__isnull=False).values_list("slug", "access_class"))
    save_entries(DOCUMENTS, entries)
    for slug, access_class in Document.objects.filter(slug__in=before).values_list("slug", "access_class"):
        if Document.Class(access_class).approvals_needed < Document.Class(before[slug]).approvals_needed:
            # A file that one person edits must not open what two have to decide on.
            sentence = _("'%(slug)s' has files; its class can be made stricter here, but not more open")
            errors.append("documents: " + sentence % {"slug": slug})
    for document in Document.objects.exclude(slug__in=[entry.slug for entry in entries]):
        try:
            document.delete()
        except ProtectedError:
            words = {"slug": document.slug, "title": document.title}
            sentence = _(
                "'%(slug)s' (%(title)s) is not in the file, but cannot be removed: it has versions, grants or requests"
            )
            errors.append("documents: " + sentence % words)


def table() -> dict[str, Any]:
    """The documents as a content file has them."""
    return {"documents": [DOCUMENTS.table_of(document) for document in Document.objects.all()]}


def public_facts(document: Document) -> dict[str, Any]:
    """What /posture.json says of a document: nothing of its files; of a gated one no summary."""
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
