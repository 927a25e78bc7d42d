"""Posts of a sample company."""

from datetime import UTC, datetime, timedelta
from typing import Any

from certifications.models import IncidentEntry, Update
from certifications.updates import flows
from trustcenter.accounts.models import User

BEGAN = datetime(2026, 3, 3, 6, 40, tzinfo=UTC)


def draft(by: User, title: str = "Bridge letter added", **fields: Any) -> Update:
    words = {"category": "compliance", "body": "For January and February.\n\nNothing covers the time since."}
    return flows.write(Update(title=title, **words | fields), products=(), certifications=(), saw="", by=by)


def post(by: User, title: str = "Bridge letter added", **fields: Any) -> Update:
    """A published post."""
    made = draft(by, title, **fields)
    if made.is_incident:
        continued(made, by, "investigating", hours=1)
    flows.publish(made, saw=flows.seen(made), by=by)
    return Update.objects.get(pk=made.pk)


def incident(by: User, title: str = "Export runs late", **fields: Any) -> Update:
    words = {"category": "incident", "started_at": BEGAN, "impact": "Export late", "body": "Entries reach you late."}
    return post(by, title, **words | fields)


def continued(of: Update, by: User, status: str, hours: int, text: str = "We know more.") -> IncidentEntry:
    assert of.started_at is not None
    at = of.started_at + timedelta(hours=hours)
    return flows.add_entry(of, status=IncidentEntry.Status(status), at=at, text=text, by=by)
