"""The step by which a colleague sends the public page to a prospect."""

from django.db import transaction

from certifications.models import Profile
from trustcenter.accounts.models import User, normalise_email
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.work import mail


def share(email: str, *, by: User, note: str = "") -> str:
    """Sends the address of the public page, with a word from `by`, and returns the address it went to; never a report."""
    email = normalise_email(email)
    with transaction.atomic(durable=True):
        mail.send("share", to=email, context={"profile": Profile.objects.first(), "colleague": by, "note": note})
        record(Action.PAGE_SHARED, actor=by, subject=None, email=email)
    return email
