"""Public facts in a content file: reads, checks and writes them to the database, and exports them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from certifications.models import IncidentEntry, Profile
from certifications.public_sections import COMPANY, LISTS, POSTS, SOURCE, TIMELINE, UPDATES
from certifications.sections import ContentError, Entry, Section, check_named


@dataclass
class PublicFacts:
    """The checked content of a file, before it is written."""

    profile: Profile
    entries: dict[str, list[Entry]]


def read(
    data: Mapping[str, Any], documents: Collection[str], levels: Collection[str], errors: list[str]
) -> PublicFacts:
    """The public facts in a parsed content file. Adds a sentence to `errors` for everything wrong.

    `documents` are the slugs that evidence may name, `levels` those of the levels that a post may be for.
    """
    profile = _read_profile(data, errors)
    entries = {section.name: section.read_list(data, errors) for section in LISTS}
    slugs = {name: {entry.slug for entry in found} for name, found in entries.items()}
    check_named(entries["certifications"], "framework", slugs["frameworks"], "frameworks", errors)
    check_named(entries["claims"], "topic", slugs["topics"], "topics", errors)
    check_named(entries["claims"], "certification", slugs["certifications"], "certifications", errors)
    for name in ("routes", "duties"):
        check_named(entries[name], "product", slugs["products"], "products", errors)
    for name in ("certifications", "claims", "subprocessors"):
        check_named(entries[name], "products", slugs["products"], "products", errors)
    for name in ("products", "certifications", "claims", "subprocessors"):
        check_named(entries[name], "evidence", documents, "documents", errors)
    _check_conflicts(entries["claims"], errors)
    if any(section.name in data for section in POSTS):
        # Without an incident there is no timeline.
        posts = {TIMELINE.name: [], **data}
        entries |= {section.name: section.read_list(posts, errors) for section in POSTS}
        _check_posts(entries, slugs, documents, levels, errors)
    return PublicFacts(profile, entries)


def _read_profile(data: Mapping[str, Any], errors: list[str]) -> Profile:
    profile = Profile()
    for section in (COMPANY, SOURCE):
        table = data.get(section.name)
        if not isinstance(table, dict):
            sentence = _("must be a table") if section.name in data else _("is missing")
            errors.append(f"{section.name}: {sentence}")
            continue
        values = section.read_table(table, section.name, errors)
        for key, value in values.items():
            setattr(profile, section.field_of(key).name, value)
        read = {section.field_of(key).name for key in values}
        others = [field.name for field in Profile._meta.fields if field.name not in read]
        errors.extend(section.invalid(profile, section.name, others))
    return profile


def _check_conflicts(claims: list[Entry], errors: list[str]) -> None:
    by_slug = {entry.slug: entry for entry in claims}
    check_named(claims, "conflicts_with", by_slug, "claims", errors)
    for entry in claims:
        for slug in entry.named.get("conflicts_with", ()):
            if slug == entry.slug:
                errors.append(f"{entry.path}.conflicts_with: " + _("a claim cannot contradict itself"))
            elif slug in by_slug and entry.slug not in by_slug[slug].named.get("conflicts_with", ()):
                words = {"slug": slug, "own": entry.slug}
                sentence = _("'%(slug)s' does not name '%(own)s' in its own conflicts_with") % words
                errors.append(f"{entry.path}.conflicts_with: {sentence}")


def _check_posts(
    entries: Mapping[str, list[Entry]],
    slugs: Mapping[str, set[str]],
    documents: Collection[str],
    levels: Collection[str],
    errors: list[str],
) -> None:
    updates = entries[UPDATES.name]
    for name in ("products", "certifications"):
        check_named(updates, name, slugs[name], name, errors)
    check_named(updates, "documents", documents, "documents", errors)
    for entry in updates:
        level = getattr(entry.row, "level", "")
        if level and level not in levels:
            words = {"slug": level, "section": "levels"}
            errors.append(f"{entry.path}.level: " + _("'%(slug)s' is not in %(section)s") % words)
    incidents = {entry.slug for entry in updates if getattr(entry.row, "is_incident", False)}
    check_named(entries[TIMELINE.name], "update", incidents, _("the incidents of updates"), errors)
    times: set[tuple[str, Any]] = set()
    for entry in entries[TIMELINE.name]:
        key = (*entry.named.get("update", ()), getattr(entry.row, "at", None))
        if key in times:
            errors.append(f"{entry.path}.at: " + _("There is already an entry for this time."))
        times.add(key)


def write(facts: PublicFacts) -> None:
    """Makes the public facts in the database exactly those of the file. Call it in a transaction.

    Raises ContentError if an incident with duties is missing in the file.
    """
    known = Profile.objects.exists()
    # The rest of the row, such as the logo, is in no file.
    fields = [section.field_of(key).name for section in (COMPANY, SOURCE) for key in section.keys]
    facts.profile.save(force_insert=not known, force_update=known, update_fields=fields if known else None)
    sections = [section for section in (*LISTS, *POSTS) if section.name in facts.entries]
    if TIMELINE in sections:
        _make_room(facts.entries[TIMELINE.name])
    for section in sections:
        save_entries(section, facts.entries[section.name])
    for section in reversed(sections):
        gone = section.model._default_manager.exclude(slug__in=[entry.slug for entry in facts.entries[section.name]])
        try:
            gone.delete()
        except models.ProtectedError:
            sentence = _("An incident with notification duties is missing from the file. It cannot be removed.")
            raise ContentError([f"{section.name}: {sentence}"]) from None


def _make_room(entries: list[Entry]) -> None:
    """Removes entries of timelines whose time changes: two may have changed their times with each other."""
    times = {entry.slug: getattr(entry.row, "at", None) for entry in entries}
    for row in IncidentEntry.objects.all():
        if times.get(row.slug) != row.at:
            row.delete()


def save_entries(section: Section, entries: list[Entry]) -> None:
    """Saves the rows of one section. A known slug keeps its row, because others may refer to it."""
    known = dict(section.model._default_manager.values_list("slug", "pk"))
    for entry in entries:
        entry.row.pk = known.get(entry.slug)
        for key, slugs in entry.named.items():
            if isinstance(section.field_of(key), models.ForeignKey):
                row = section.field_of(key).related_model._default_manager.get(slug=slugs[0])
                setattr(entry.row, section.field_of(key).name, row)
        entry.row.save()
    # Claims refer to each other, so all of them are saved first.
    for entry in entries:
        for key, slugs in entry.named.items():
            if isinstance(section.field_of(key), models.ManyToManyField):
                rows = section.field_of(key).related_model._default_manager.filter(slug__in=slugs)
                getattr(entry.row, key).set(rows)


def table() -> dict[str, Any]:
    """The public facts as tables of the content file; empty before anything is published."""
    profile = Profile.objects.first()
    if profile is None:
        return {}
    tables: dict[str, Any] = {section.name: section.table_of(profile) for section in (COMPANY, SOURCE)}
    for section in (*LISTS, *POSTS):
        links = [key for key in section.keys if section.field_of(key).many_to_many]
        rows = section.model._default_manager.prefetch_related(*links)
        found = [section.table_of(row) for row in rows]
        if found or section in LISTS:
            tables[section.name] = found
    return tables
