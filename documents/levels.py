"""What every change of levels leaves: the rows, and a record with the old and the new values."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from certifications import translating
from documents.models import Level
from trustcenter.audit import Change
from trustcenter.audit.actions import Action

# What an administrator may edit, with the names that records keep.
FIELDS = {
    "name": gettext_noop("name"),
    "summary": gettext_noop("sentence"),
    "agreements": gettext_noop("agreements"),
    "approvals": gettext_noop("approvals"),
    "way": gettext_noop("shown or downloaded"),
    "usual_days": gettext_noop("usual duration in days"),
    "longest_days": gettext_noop("longest duration in days"),
    "target_hours": gettext_noop("response target in business hours"),
    "invitation_days": gettext_noop("longest invitation in days"),
    "open_invitations": gettext_noop("open invitations of each colleague"),
    "translations": gettext_noop("translations"),
}
# What can be said of the one public level.
FIELDS_OF_PUBLIC = ("name", "summary", "translations")


SHARED = "SELECT id FROM documents_level ORDER BY id FOR SHARE"


def share() -> None:
    """Locks the levels until commit against steps that change one, and lets others share the lock.

    Steps that open documents take it before they read a level. Otherwise one could open under the terms of a level that
    became stricter meanwhile, and its reader would be told of a document that the door refuses.
    """
    if connection.features.has_select_for_update:
        with connection.cursor() as cursor:
            cursor.execute(SHARED)


def save(change: Change, level: Level, before: Level | None) -> None:
    """Saves a new level, or one that said `before` until now, and records what is new. Nothing if nothing is."""
    changes = differences(before, level)
    if before is not None and not changes:
        return
    level.changed_at = change.at
    level.save()
    change.public_content_changed = True
    action = Action.LEVEL_CHANGED if before else Action.LEVEL_ADDED
    change.record(
        action,
        subject=level,
        changed=[level],
        level=level.named,
        fields=[one["field"] for one in changes],
        changes=changes,
    )


def remove(change: Change, level: Level) -> None:
    """Removes a level that no document has. Raises ProtectedError for one that has any."""
    if Level.answering().filter(pk=level.pk).exists():
        change.removed(level)
    change.record(Action.LEVEL_REMOVED, subject=level, level=level.named)
    level.delete()
    change.public_content_changed = True


def differences(before: Level | None, after: Level) -> list[dict[str, str]]:
    """What each changed field of a level said and says, as a record keeps it."""
    found = []
    for name, label in FIELDS.items():
        was, now = _said(before, name), _said(after, name)
        if was != now:
            found.append({"field": label, "from": was, "to": now})
    return found


def _said(level: Level | None, name: str) -> str:
    value: Any = getattr(level, name) if level else ""
    match value:
        case list():
            return ", ".join(sorted(value))
        case dict():
            # As in the names of the form's fields: “de_name: Offen für alle”.
            return "; ".join(f"{key}: {text}" for key, text in sorted(translating.said(value).items()))
        case _:
            return "" if value is None else str(value)
