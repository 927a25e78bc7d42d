"""The clock publishes drafts on their date."""

from certifications.editing import flows
from trustcenter.work import clock


@clock.every(60)
def publish_scheduled() -> None:
    """Publishes the drafts whose time has come, each in a change of its own."""
    clock.for_each(flows.due_drafts(), flows.publish_due)
