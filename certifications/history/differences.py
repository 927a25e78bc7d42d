"""What differs between two states of the public facts: kept as codes, told in sentences when somebody reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from certifications.models import BrandImage
from certifications.posture_json import PARTS, Part
from trustcenter.web import dates

# As much of a text as a revision keeps of what it said before and says now. /posture.json has all of it.
LONGEST = 300
# What follows from other facts, the names of what a row refers to, and the order of rows.
DERIVED = frozenset(
    {
        "status_text",
        "expired",
        "framework",
        "framework_slug",
        "kind_text",
        "authority",
        "levels",
        "public",
        "notice_days",
    }
)

Table = Mapping[str, Any]


def between(before: Table, after: Table) -> list[dict[str, Any]]:
    """What differs, by part and row, in the order of the page; nothing where both say the same."""
    return [found for name, part in PARTS.items() for found in _of_part(name, part, before, after)]


def _of_part(name: str, part: Part, before: Table, after: Table) -> Iterator[dict[str, Any]]:
    old, new = _rows(part, before.get(name)), _rows(part, after.get(name))
    for slug, row in new.items():
        about = {"part": name, "slug": slug, "name": _kept(part.name_of(row))}
        if slug not in old:
            yield about | {"how": "added"}
        elif fields := list(_fields(old[slug], row)):
            yield about | {"how": "changed", "fields": fields}
    for slug, row in old.items():
        if slug not in new:
            yield {"part": name, "slug": slug, "name": _kept(part.name_of(row)), "how": "removed"}


def _rows(part: Part, found: Any) -> dict[str, Table]:
    if not part.is_list:
        return {"": found} if found else {}
    return {row["slug"]: row for row in found or []}


def _fields(old: Table, new: Table) -> Iterator[dict[str, Any]]:
    for key in dict.fromkeys([*new, *old]):
        was, now = old.get(key), new.get(key)
        if key not in DERIVED and (was or None) != (now or None):
            yield {"key": key, "from": _kept(was), "to": _kept(now)}


def _kept(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST:
        return value[: LONGEST - 1] + "…"
    return value


# -- In words ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One difference as pages show it: a sentence, and for each field what it said and says."""

    sentence: str
    # The label, what it said ("" where the third says what happened), and what it says.
    fields: "list[tuple[str, str, str]]"
    # Where the row is today; "" if it is there no more, or has no page.
    slug: str


def told(difference: Table) -> Told:
    """A kept difference in the reader's language."""
    name = difference["part"]
    part = PARTS.get(name)
    noun = str(part.noun) if part else name
    changed = difference.get("fields", ())
    fields = [
        _told_field(part, one)
        for one in changed
        # That a post was changed is said by what else changed in it.
        if one["key"] != "edited_at" or len(changed) == 1
    ]
    words = {"noun": noun, "name": difference["name"], "fields": ", ".join(one for one, _was, _now in fields)}
    match difference["how"]:
        case "added":
            sentence = _("Added the %(noun)s “%(name)s”") % words
        case "removed":
            sentence = _("Removed the %(noun)s “%(name)s”") % words
        case _ if [one["key"] for one in difference["fields"]] == ["overdue"]:
            sentence = _("The %(noun)s “%(name)s” passed its review date") % words
        case _ if [one["key"] for one in difference["fields"]] == ["edited_at"]:
            # A new entry of its timeline, which is told beside it, moves that instant.
            sentence, fields = _("Updated the %(noun)s “%(name)s”") % words, []
        case _:
            sentence = _("Changed %(fields)s of the %(noun)s “%(name)s”") % words
    return Told(sentence, fields, difference["slug"])


def _told_field(part: Part | None, one: Table) -> tuple[str, str, str]:
    key, was, now = one["key"], one["from"], one["to"]
    if happened := of_picture(key, was, now):
        return label(part, key), "", happened
    return label(part, key), words_of(part, key, was), words_of(part, key, now)


def of_picture(key: str, was: Any, now: Any) -> str:
    """What happened to a picture of the brand, whose name tells people nothing; "" for any other key."""
    if key not in BrandImage.Kind.values:
        return ""
    if not was:
        return _("Picture added")
    return _("Picture replaced") if now else _("Picture removed")


def label(part: Part | None, key: str) -> str:
    """What people call a key of a part."""
    if key == "overdue":
        return _("past its review date")
    if part is not None and key == "answer":
        return _("text")
    field = _field(part, key)
    return str(field.verbose_name) if field is not None else key.replace("_", " ")


def words_of(part: Part | None, key: str, value: Any) -> str:
    """The value of a key as people read it."""
    match value:
        case None | "" | []:
            return _("nothing")
        case bool():
            return _("yes") if value else _("no")
        case list():
            return ", ".join(str(one) for one in value)
        case str():
            field = _field(part, key)
            labels = dict(field.flatchoices) if field is not None else {}
            if value in labels:
                return str(labels[value])
            return _day(value) or value
        case _:
            return str(value)


def _day(text: str) -> str:
    """An ISO date or instant as people read it; "" for any other text."""
    try:
        if text[10:11] == "T" and text.endswith("Z"):
            at = datetime.fromisoformat(text)
            return f"{dates.in_full(at.date())}, {at:%H:%M} UTC"
        return dates.in_full(date.fromisoformat(text)) if len(text) == 10 else ""
    except ValueError:
        return ""


def _field(part: Part | None, key: str) -> Any:
    if part is None:
        return None
    try:
        return part.section.field_of(key)
    except FieldDoesNotExist:
        return None
