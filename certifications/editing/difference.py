"""What a draft changes for visitors, field by field and word by word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from certifications.editing import kinds
from certifications.editing.kinds import Table
from certifications.history import differences
from trustcenter.web.difference import Piece, pieces


@dataclass(frozen=True)
class Field:
    """One field that differs."""

    key: str
    label: str
    now: list[Piece]
    then: list[Piece]


def of(part: str, public: Table, proposed: Table) -> list[Field]:
    """The fields of a row that differ, in the order of the content file; every field that is filled for a new row."""
    # A row keeps its slug, so of a new one it is no change that visitors see.
    keys = [key for key in kinds.about(part).section.keys if key not in ("translations", "slug")]
    found = [_field(part, key, public, proposed) for key in keys if _said(public, key) != _said(proposed, key)]
    return [*found, *_translated(part, public.get("translations", {}), proposed.get("translations", {}))]


def _translated(part: str, public: Table, proposed: Table) -> list[Field]:
    """The texts in other languages that differ."""
    found = []
    for language, name in settings.LANGUAGES:
        was, now = public.get(language, {}), proposed.get(language, {})
        for key in dict.fromkeys([*was, *now]):
            if was.get(key) != now.get(key):
                words = {"name": differences.label(kinds.about(part), key), "language": name}
                label = _("%(name)s (%(language)s)") % words
                found.append(Field(f"{language}_{key}", label, *pieces(was.get(key, ""), now.get(key, ""))))
    return found


def _said(table: Table, key: str) -> Any:
    return table.get(key) or None


def _field(part: str, key: str, public: Mapping[str, Any], proposed: Mapping[str, Any]) -> Field:
    about = kinds.about(part)
    if happened := differences.of_picture(key, public.get(key), proposed.get(key)):
        return Field(key, differences.label(about, key), [], [Piece(happened, changed=False)])
    was, now = (differences.words_of(about, key, table.get(key)) for table in (public, proposed))
    return Field(key, differences.label(about, key), *pieces(was, now))
