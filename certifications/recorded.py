"""What a change of a public row was, as the audit log keeps it."""

from collections.abc import Mapping
from typing import Any

from certifications.sections import Section

# As much of a text as a record keeps.
LONGEST = 500


def changed(section: Section, was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that differ between two tables of a section, and what each said and says; {} if none does."""
    keys = [key for key in section.keys if now.get(key) != was.get(key)]
    if not keys:
        return {}
    labels = [str(section.field_of(key).verbose_name) for key in keys]
    changes = [
        {"field": label, "from": _said(was.get(key)), "to": _said(now.get(key))}
        for key, label in zip(keys, labels, strict=True)
    ]
    return {"fields": labels, "changes": changes}


def _said(value: Any) -> str:
    if isinstance(value, dict):
        # Texts in other languages.
        value = [f"{language} {name}: {said}" for language, texts in value.items() for name, said in texts.items()]
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
