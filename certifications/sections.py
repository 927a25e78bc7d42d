"""Turns a section of the content file into rows of a model, and back. The models decide what is valid."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

SLUG = re.compile(r"[a-z0-9-]+")


class ContentError(Exception):
    """What is wrong with a content file: a sentence for each place, beginning with its key path."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = list(sentences)
        super().__init__("\n".join(self.sentences))


@dataclass
class Entry:
    """One row of the file: the unsaved row, and the slugs it refers to, by key."""

    path: str
    row: models.Model
    named: dict[str, list[str]]

    @property
    def slug(self) -> str:
        return getattr(self.row, "slug", "")


@dataclass(frozen=True)
class Section:
    """A list, or one table, of the file. `keys` are in canonical order; empty optional ones are left out."""

    name: str
    model: type[models.Model]
    keys: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    # Key in the file -> field of the model, if they differ.
    renamed: Mapping[str, str] = field(default_factory=dict)

    def field_of(self, key: str) -> Any:
        return self.model._meta.get_field(self.renamed.get(key, key))

    # -- From the file ---------------------------------------------------------------------------------

    def read_list(self, data: Mapping[str, Any], errors: list[str]) -> list[Entry]:
        """The entries of the section, in the order of the file. Adds a sentence to `errors` for everything wrong."""
        tables = data.get(self.name)
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            sentence = _("must be a list of tables") if self.name in data else _("is missing")
            errors.append(f"{self.name}: {sentence}")
            return []
        entries = [
            self.read_entry(table, f"{self.name}[{number}]", errors, position=number)
            for number, table in enumerate(tables)
        ]
        first: dict[str, str] = {}
        for entry in entries:
            if entry.slug and first.setdefault(entry.slug, entry.path) != entry.path:
                same = {"slug": entry.slug, "path": first[entry.slug]}
                errors.append(f"{entry.path}.slug: " + _("'%(slug)s' is already the slug of %(path)s") % same)
        return entries

    def read_entry(self, table: Mapping[str, Any], path: str, errors: list[str], *, position: int = 0) -> Entry:
        """One table as an entry. Adds a sentence to `errors` for everything wrong, each with its path."""
        values = self.read_table(table, path, errors)
        named: dict[str, list[str]] = {}
        absent = self.optional - table.keys()
        reported = [key for key in self.keys if key not in values and key not in absent]
        for key in [key for key in self.keys if self.field_of(key).is_relation]:
            if key in values:
                value = values.pop(key)
                named[key] = [value] if isinstance(value, str) else value
            reported.append(key)
        # A post has its place by its date.
        place = {"position": position} if any(one.name == "position" for one in self.model._meta.fields) else {}
        row = self.model(**place, **{self.field_of(key).name: value for key, value in values.items()})
        keyed = {self.field_of(key).name for key in self.keys}
        others = [one.name for one in self.model._meta.fields if one.name not in keyed]
        errors.extend(self.invalid(row, path, [*others, *(self.field_of(key).name for key in reported)]))
        named |= {key: value for key, value in values.items() if isinstance(value, list)}
        return Entry(path, row, named)

    def read_table(self, table: Mapping[str, Any], path: str, errors: list[str]) -> dict[str, Any]:
        """The valid values by key; unknown, missing and wrong ones become errors."""
        for key in table.keys() - set(self.keys):
            errors.append(f"{path}.{key}: " + _("is not a key of this section"))
        values: dict[str, Any] = {}
        for key in self.keys:
            if key in table:
                sentence = self._wrong_type(key, table[key])
                if sentence:
                    errors.append(f"{path}.{key}: {sentence}")
                else:
                    values[key] = table[key]
            elif key not in self.optional:
                errors.append(f"{path}.{key}: " + _("is missing"))
        return values

    def _wrong_type(self, key: str, value: Any) -> str:
        match self.field_of(key):
            case models.DateTimeField():
                instant = isinstance(value, datetime) and value.tzinfo is not None
                return "" if instant else _("must be a date and time such as 2026-03-01T09:30:00Z, without quotes")
            case models.DateField():
                # For Python a TOML date-time is a date too; its time would be lost.
                return "" if type(value) is date else _("must be a date such as 2026-03-01, without quotes")
            case models.BooleanField():
                return "" if isinstance(value, bool) else _("must be true or false")
            case models.IntegerField():
                return "" if type(value) is int else _("must be a whole number")
            case models.JSONField() if key == "translations":
                # The row says what is wrong with it.
                return ""
            case models.JSONField() | models.ManyToManyField():
                if not isinstance(value, list) or not all(isinstance(slug, str) for slug in value):
                    return _("must be a list of slugs")
                return "" if len(set(value)) == len(value) else _("contains a slug twice")
            case _ if not isinstance(value, str):
                return _("must be text in quotes")
            case _ if "\x00" in value:
                return _("contains a null character")
            case _ if key == "slug" and not SLUG.fullmatch(value):
                return _("“%(slug)s” may contain only lower-case letters, digits and hyphens") % {"slug": value}
            case _:
                return ""

    def invalid(self, row: models.Model, path: str, leave_out: Iterable[str]) -> Iterable[str]:
        """The errors of the model's own validation. `leave_out` are fields that were checked elsewhere."""
        keys = {self.field_of(key).name: key for key in self.keys}
        try:
            row.full_clean(exclude=set(leave_out), validate_unique=False)
        except ValidationError as refused:
            for name, errors in refused.error_dict.items():
                place = f"{path}.{keys[name]}" if name in keys else path
                for error in errors:
                    yield f"{place}: {self._sentence(name, error)}"

    def _sentence(self, name: str, error: ValidationError) -> str:
        if error.code == "invalid_choice":
            field: Any = self.model._meta.get_field(name)
            known = ", ".join(str(value) for value, _label in field.choices)
            words = {"value": (error.params or {})["value"], "choices": known}
            return _("'%(value)s' is not one of %(choices)s") % words
        return " ".join(error.messages)

    # -- To the file -----------------------------------------------------------------------------------

    def table_of(self, row: models.Model) -> dict[str, Any]:
        """The row as a table of the file, with keys in canonical order."""
        table: dict[str, Any] = {}
        for key in self.keys:
            value = self._value_of(row, key)
            if key not in self.optional or value not in (None, [], "", {}):
                table[key] = value
        return table

    def _value_of(self, row: models.Model, key: str) -> Any:
        value = getattr(row, self.field_of(key).name)
        match self.field_of(key):
            case models.ManyToManyField():
                return [linked.slug for linked in value.all()]
            case models.ForeignKey():
                return value.slug if value else None
            case models.JSONField() if key == "translations":
                # PostgreSQL keeps keys in an order of its own.
                return {language: dict(sorted(texts.items())) for language, texts in sorted(value.items())}
            case _:
                return value


def check_named(entries: Iterable[Entry], key: str, known: Collection[str], section: str, errors: list[str]) -> None:
    """Adds an error for every slug under `key` that is not in the list it refers to."""
    for entry in entries:
        for slug in entry.named.get(key, ()):
            if slug not in known:
                words = {"slug": slug, "section": section}
                errors.append(f"{entry.path}.{key}: " + _("'%(slug)s' is not in %(section)s") % words)
