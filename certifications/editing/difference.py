"""What a draft changes for visitors, field by field and word by word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    keys = kinds.PARTS[part].section.keys
    return [_field(part, key, public, proposed) for key in keys if _said(public, key) != _said(proposed, key)]


def _said(table: Table, key: str) -> Any:
    return table.get(key) or None


def _field(part: str, key: str, public: Mapping[str, Any], proposed: Mapping[str, Any]) -> Field:
    about = kinds.PARTS[part]
    was, now = (differences.words_of(about, key, table.get(key)) for table in (public, proposed))
    return Field(key, differences.label(about, key), *pieces(was, now))
