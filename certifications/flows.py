"""The step by which a colleague sends the public page to a prospect."""

from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action


def share(email: str, *, by: User, note: str = "") -> str:
    """Mails a link to the public page with a message from `by`, never a report. Returns the recipient's address."""
    email, note = checked.address(email), checked.lines(note)
    with audit.change(by=by) as change:
        # An answer goes to the colleague, not to the security contact.
        change.mail("share", to=email, context={"colleague": by, "note": note}, reply_to=by.email)
        change.record(Action.PAGE_SHARED, email=email)
    return email
