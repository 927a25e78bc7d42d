"""The JSON Schema of /posture.json, made from the models, so that it cannot fall behind them."""

from typing import Any

from django.db import models

from certifications import posture_json
from certifications.models import Status, Subprocessor
from certifications.posture_json import Part

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DATE: dict[str, Any] = {"type": "string", "format": "date"}
INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}
TEXT: dict[str, Any] = {"type": "string"}
NAMES: dict[str, Any] = {"type": "array", "items": TEXT, "uniqueItems": True}
BOOLEAN: dict[str, Any] = {"type": "boolean"}

# Which keys of the content file are not in /posture.json.
LEFT_OUT = frozenset({"owner", "translations"})
# What a part says besides the fields of its rows.
DERIVED: dict[str, dict[str, dict[str, Any]]] = {
    "certifications": {
        "framework": TEXT,
        "framework_slug": TEXT,
        "kind": TEXT,
        "authority": TEXT,
        "status": {"enum": [status.value for status in Status]},
        "status_text": TEXT,
        "expired": BOOLEAN,
        "overdue": BOOLEAN,
    },
    "company": {"overdue": BOOLEAN},
    "claims": {"overdue": BOOLEAN},
    "products": {"overdue": BOOLEAN},
    "subprocessors": {
        "overdue": BOOLEAN,
        "state": {"enum": [state.value for state in Subprocessor.State]},
        "notice_days": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    },
    "levels": {"public": BOOLEAN},
}


def schema(address: str) -> dict[str, Any]:
    """The schema of today's /posture.json, whose own address is `address`."""
    properties = {name: _part(name, part) for name, part in posture_json.PARTS.items()}
    return {
        "$schema": DIALECT,
        "$id": address,
        "title": "What a trust center says in public",
        "description": "Every date is a day, and every instant is in UTC; a list of slugs refers to rows of the part of that name.",
        "type": "object",
        "properties": {
            "version": {"const": posture_json.VERSION},
            "as_of": {"anyOf": [DATE, {"type": "null"}]},
            **properties,
        },
        "required": ["version", "as_of", *properties],
        "additionalProperties": False,
    }


def _part(name: str, part: Part) -> dict[str, Any]:
    return {"type": "array", "items": _row(name, part)} if part.is_list else _row(name, part)


def _row(name: str, part: Part) -> dict[str, Any]:
    fields = {key: _field(part.section.field_of(key)) for key in part.section.keys if key not in LEFT_OUT}
    properties = fields | DERIVED.get(name, {})
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _field(field: Any) -> dict[str, Any]:
    match field:
        case models.ManyToManyField() | models.JSONField():
            return NAMES
        case models.ForeignKey():
            found = TEXT
        case models.DateTimeField():
            found = INSTANT
        case models.DateField():
            found = DATE
        case models.BooleanField():
            found = BOOLEAN
        case models.IntegerField():
            found = {"type": "integer"}
        case models.CharField() if field.choices:
            found = {"enum": [value for value, _label in field.choices]}
        case _:
            found = TEXT
    return {"anyOf": [found, {"type": "null"}]} if field.null else found
