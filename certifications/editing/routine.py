"""The clock publishes drafts on their date."""

import logging

from certifications.editing import flows
from trustcenter.work.clock import every

logger = logging.getLogger(__name__)


@every(60)
def publish_scheduled() -> None:
    """Publishes the drafts whose time has come, each in a change of its own."""
    for draft in flows.due_drafts():
        try:
            flows.publish_due(draft)
        except Exception:
            # The others have a date too, and this one is tried again in a minute.
            logger.exception("The draft of %s was not published on its date", draft)
