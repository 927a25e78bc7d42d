"""Makes a draft public: its table becomes the row that the public pages read."""

from typing import Any

from django.db import models

from certifications.editing import kinds
from certifications.sections import Entry


def apply(part: str, entry: Entry, row: Any) -> Any:
    """Saves the entry as the row that is public, or as a new one at the end of its list. Returns it."""
    section = kinds.PARTS[part].section
    is_new = row is None
    if is_new:
        row = section.model(position=_last(section.model) + 1)
    for key in section.keys:
        field = section.field_of(key)
        match field:
            case models.ManyToManyField():
                continue
            case models.ForeignKey():
                slug = next(iter(entry.named.get(key, ())), None)
                found = field.related_model._default_manager.get(slug=slug) if slug else None
                setattr(row, field.name, found)
            case _:
                setattr(row, field.name, getattr(entry.row, field.name))
    row.save()
    for key in section.keys:
        field = section.field_of(key)
        if isinstance(field, models.ManyToManyField):
            named = field.related_model._default_manager.filter(slug__in=entry.named.get(key, ()))
            getattr(row, field.name).set(named)
    # What was read before the links were set must not be read again.
    row._prefetched_objects_cache = {}
    return row


def _last(model: type[models.Model]) -> int:
    found = model._default_manager.aggregate(last=models.Max("position"))["last"]
    return -1 if found is None else int(found)
