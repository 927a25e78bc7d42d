"""Levels and documents as sections of the content file. The files of documents are uploaded separately."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from certifications.content import save_entries
from certifications.sections import Entry, Section, check_named
from documents import levels
from documents.models import Document, Level
from documents.models.levels import Terms
from trustcenter.audit import Change

OF_GATED_LEVELS = ("agreements", "approvals", "way", "usual_days", "longest_days", "target_hours")
# Without them, sales may not invite anyone to documents of the level.
OF_INVITATIONS = ("invitation_days", "open_invitations")
LEVELS = Section(
    "levels",
    Level,
    ("slug", "name", "summary", *OF_GATED_LEVELS, *OF_INVITATIONS, "translations"),
    optional=frozenset({*OF_GATED_LEVELS, *OF_INVITATIONS, "translations"}),
)
DOCUMENTS = Section(
    "documents",
    Document,
    (
        *("slug", "title", "kind", "level", "agreements", "summary"),
        *("as_of", "period_start", "period_end", "valid_until", "translations"),
    ),
    # A document may have no level, but not after an import.
    optional=frozenset({"level", "agreements", "period_start", "period_end", "valid_until", "translations"}),
)
NAMES = frozenset({LEVELS.name, DOCUMENTS.name})


def read(data: Mapping[str, Any], errors: list[str]) -> dict[str, list[Entry]]:
    """The levels and documents in a parsed content file. Adds a sentence to `errors` for everything wrong.

    A file without levels leaves them as they are.
    """
    found = {DOCUMENTS.name: _read_documents(data, errors)}
    if LEVELS.name in data:
        found[LEVELS.name] = _read_levels(data, errors)
        known = {entry.slug for entry in found[LEVELS.name]}
    else:
        known = set(Level.objects.values_list("slug", flat=True))
    check_named(found[DOCUMENTS.name], "level", known, LEVELS.name, errors)
    return found


def gated_levels(entries: Mapping[str, list[Entry]]) -> set[str]:
    """The slugs of the levels, after the import of these entries, that only some readers have."""
    known = dict(Level.objects.values_list("slug", "is_public"))
    slugs = [entry.slug for entry in entries[LEVELS.name]] if LEVELS.name in entries else list(known)
    return {slug for slug in slugs if not known.get(slug)}


def _read_documents(data: Mapping[str, Any], errors: list[str]) -> list[Entry]:
    entries = DOCUMENTS.read_list(data, errors)
    for entry in entries:
        start, end = getattr(entry.row, "period_start", None), getattr(entry.row, "period_end", None)
        if (start is None) != (end is None) or (start and end and end < start):
            errors.append(
                f"{entry.path}.period_end: " + _("A reporting period needs a start and an end, in that order.")
            )
        if "level" not in entry.named:
            errors.append(f"{entry.path}.level: " + _("is missing"))
    return entries


def _read_levels(data: Mapping[str, Any], errors: list[str]) -> list[Entry]:
    entries = LEVELS.read_list(data, errors)
    public = Level.objects.filter(is_public=True).values_list("slug", flat=True).first()
    for entry, table in zip(entries, data[LEVELS.name], strict=False):
        if entry.slug == public:
            for key in table.keys() & {*OF_GATED_LEVELS, *OF_INVITATIONS}:
                errors.append(f"{entry.path}.{key}: " + _("cannot be set: everyone can open this level."))
            continue
        for key in OF_GATED_LEVELS:
            if key not in table:
                errors.append(f"{entry.path}.{key}: " + _("is missing"))
    return entries


def write(change: Change, entries: Mapping[str, list[Entry]], errors: list[str]) -> None:
    """Makes levels and documents those of the file, in a change that has to be undone on `errors`.

    A document with versions, grants or requests is never removed: the record of who read what refers to it.
    """
    before = _terms()
    if LEVELS.name in entries:
        _write_levels(change, entries[LEVELS.name])
    save_entries(DOCUMENTS, entries[DOCUMENTS.name])
    after = _terms()
    for slug, terms in before.items():
        # One person edits the file; it must not open a document that two people have to approve.
        if terms is not None and not ((now := after[slug]) is None or now.are_as_strict_as(terms)):
            sentence = _("'%(slug)s' has versions. Its level can be made stricter here, but not more open.")
            errors.append("documents: " + sentence % {"slug": slug})
    for document in Document.objects.exclude(slug__in=[entry.slug for entry in entries[DOCUMENTS.name]]):
        change.removed(document)
        try:
            document.delete()
        except ProtectedError:
            words = {"slug": document.slug, "title": document.title}
            sentence = _(
                "'%(slug)s' (%(title)s) is missing from the file. It has versions, grants or requests, so it cannot be removed."
            )
            errors.append("documents: " + sentence % words)
    if LEVELS.name in entries and not errors:
        kept = [entry.slug for entry in entries[LEVELS.name]]
        for level in Level.objects.filter(is_public=False, documents=None).exclude(slug__in=kept):
            levels.remove(change, level)
    change.changed(Document.objects.all())


def _write_levels(change: Change, entries: list[Entry]) -> None:
    known = {level.slug: level for level in Level.objects.select_for_update(no_key=True).order_by("pk")}
    for entry in entries:
        before = known.get(entry.slug)
        level = copy(before) if before else entry.row
        assert isinstance(level, Level)
        for name in levels.FIELDS_OF_PUBLIC if level.is_public else levels.FIELDS:
            setattr(level, name, getattr(entry.row, name))
        level.position = entry.row.position  # type: ignore[attr-defined]  # every row of a list has one
        if before and before.position != level.position:
            Level.objects.filter(pk=level.pk).update(position=level.position)
        levels.save(change, level, before)


def _terms() -> dict[str, Terms | None]:
    """What opens each document that has versions, by its slug."""
    found = Document.objects.filter(versions__isnull=False).select_related("level").distinct()
    return {document.slug: document.terms for document in found}


def table() -> dict[str, Any]:
    """Levels and documents as tables of the content file."""
    return {
        LEVELS.name: [_level_table(level) for level in Level.objects.all()],
        DOCUMENTS.name: [DOCUMENTS.table_of(document) for document in Document.objects.select_related("level")],
    }


def _level_table(level: Level) -> dict[str, Any]:
    found = LEVELS.table_of(level)
    if level.is_public:
        return {key: found[key] for key in found if key not in OF_GATED_LEVELS}
    # An empty list says that no agreement is needed, so it is written.
    return found | {"agreements": level.agreements}


def public_levels() -> list[dict[str, Any]]:
    """The levels as in /posture.json."""
    return [_public_level(level) for level in Level.objects.all()]


def _public_level(level: Level) -> dict[str, Any]:
    found = _level_table(level) | {"public": level.is_public}
    # Whom sales may invite is nobody else's business, and the English text is the one that counts.
    return {key: found[key] for key in found if key not in {*OF_INVITATIONS, "translations"}}


def public_documents() -> list[dict[str, Any]]:
    return [public_facts(document) for document in Document.objects.select_related("level")]


def public_facts(document: Document) -> dict[str, Any]:
    """A document as in /posture.json: without its files, and without the summary if it is gated."""
    facts = {
        "slug": document.slug,
        "title": document.title,
        "kind": document.kind,
        "level": document.level.slug if document.level else None,
        "agreements": list(document.required_agreements),
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
