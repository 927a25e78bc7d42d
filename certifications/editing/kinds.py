"""The parts of the public content that are edited at the desk: their rows, and what is valid in one."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications import evidence, posture_json
from certifications.posture_json import Part
from certifications.public_sections import FRAMEWORKS
from certifications.sections import Entry, Section, check_named
from trustcenter.audit.text import canonical, digest

# By the names of their sections, in the order of the desk. Posts have pages of their own.
PARTS: dict[str, Part] = {
    "certifications": posture_json.PARTS["certifications"],
    "claims": posture_json.PARTS["claims"],
    "products": posture_json.PARTS["products"],
    "routes": posture_json.PARTS["routes"],
    "duties": posture_json.PARTS["duties"],
    "subprocessors": posture_json.PARTS["subprocessors"],
    "frameworks": Part(gettext_lazy("framework"), FRAMEWORKS, list),
    "topics": posture_json.PARTS["topics"],
    "company": posture_json.PARTS["company"],
    "source": posture_json.PARTS["source"],
}
LABELS = {
    "certifications": gettext_lazy("Certifications"),
    "claims": gettext_lazy("Answers"),
    "products": gettext_lazy("Products"),
    "routes": gettext_lazy("Ways to buy"),
    "duties": gettext_lazy("Who does what"),
    "subprocessors": gettext_lazy("Subprocessors"),
    "frameworks": gettext_lazy("Frameworks"),
    "topics": gettext_lazy("Topics"),
    "company": gettext_lazy("Company"),
    "source": gettext_lazy("Source"),
}

Table = dict[str, Any]
# The slugs that a row may name, by section.
Slugs = Mapping[str, set[str]]


def about(part: str) -> Part:
    """What is known of a part; of posts too."""
    return PARTS.get(part) or posture_json.PARTS[part]


def permission(part: str, verb: str) -> str:
    return f"certifications.{verb}_{model_of(part)._meta.model_name}"


def model_of(part: str) -> type[models.Model]:
    return PARTS[part].section.model


def rows(part: str) -> models.QuerySet[Any]:
    """The public rows of a part, with what their tables name."""
    section = PARTS[part].section
    keys = [key for key in section.keys if section.field_of(key).is_relation]
    several = [key for key in keys if section.field_of(key).many_to_many]
    one = [section.field_of(key).name for key in keys if key not in several]
    found = section.model._default_manager.select_related(*one) if one else section.model._default_manager.all()
    return found.prefetch_related(*several)


def row_of(part: str, slug: str, *, lock: bool = False) -> Any:
    """The public row; None if there is none. `lock` in a change, for the rest of it."""
    found = rows(part)
    if lock:
        found = found.select_for_update(no_key=True, of=("self",))
    return (found.filter(slug=slug) if PARTS[part].is_list else found if slug == part else found.none()).first()


def name_of(part: str, row: Any) -> str:
    """What people know a row by."""
    if part == "certifications":
        return str(row.framework.name)
    return str(getattr(row, PARTS[part].section.renamed.get(PARTS[part].name, PARTS[part].name)))


def table_of(part: str, row: models.Model | None) -> Table:
    """A public row as drafts keep tables; {} for none."""
    return {} if row is None else plain(PARTS[part].section.table_of(row))


def plain(table: Mapping[str, Any]) -> Table:
    """A table with its dates as ISO dates."""
    found: Table = json.loads(json.dumps(table, cls=DjangoJSONEncoder))
    return found


def digest_of(table: Table) -> str:
    """What a plain table says; "" for no row."""
    return digest(canonical(table))[:16] if table else ""


def read(part: str, table: Table, *, slug: str, known: Slugs | None = None) -> tuple[Entry, dict[str, list[str]]]:
    """A plain table as an entry, and what is wrong with it by key; "" for what is wrong with the whole row.

    It is checked as the content file is. What it names has to be public already: it is in `known`, or in the database.
    """
    section = PARTS[part].section
    sentences: list[str] = []
    entry = section.read_entry(typed(section, table), section.name, sentences)
    if PARTS[part].is_list and entry.slug and entry.slug != slug:
        sentences.append(f"{section.name}.slug: " + _("belongs to another row"))
    for key in entry.named:
        if where := _where(section, key):
            slugs = known[where] if known is not None else _slugs(where)
            check_named([entry], key, slugs, where, sentences)
    if entry.slug and entry.slug in entry.named.get("conflicts_with", ()):
        sentences.append(f"{section.name}.conflicts_with: " + _("a claim cannot contradict itself"))
    wrong: dict[str, list[str]] = {}
    for sentence in sentences:
        place, _colon, said = sentence.partition(": ")
        wrong.setdefault(place.removeprefix(section.name).removeprefix("."), []).append(said)
    return replace(entry, path=section.name), wrong


def problem(part: str, table: Table, *, slug: str, known: Slugs | None = None) -> str:
    """The first thing that is wrong with a plain table, in a sentence; "" if it can be published."""
    _entry, wrong = read(part, table, slug=slug, known=known)
    return next((f"{key}: {said[0]}" if key else said[0] for key, said in wrong.items()), "")


def typed(section: Section, table: Table) -> Table:
    """A plain table with its dates as dates, where they are dates at all."""
    found = dict(table)
    for key, value in table.items():
        if key in section.keys and isinstance(section.field_of(key), models.DateField) and isinstance(value, str):
            try:
                found[key] = date.fromisoformat(value)
            except ValueError:
                continue
    return found


def _where(section: Section, key: str) -> str:
    """The section whose slugs a key names; "" if it names none."""
    if key == "evidence":
        return "documents"
    field = section.field_of(key)
    if not field.is_relation:
        return ""
    return next(name for name, part in PARTS.items() if part.section.model is field.related_model)


def _slugs(where: str) -> set[str]:
    if where == "documents":
        return {slug for slug, _title in evidence.choices()}
    return set(model_of(where)._default_manager.values_list("slug", flat=True))
