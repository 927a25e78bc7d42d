"""What the tests of invitations begin with."""

from datetime import timedelta

from documents import levels
from documents.models import Level
from ndaflow.invitations import flows
from ndaflow.invitations.models import Invitation
from trustcenter import audit

EMAIL = "mira@example.com"


def allow(slug, *, days=90, most=10):
    """Lets sales invite to the documents of a level."""
    with audit.change(by=None) as change:
        before = Level.objects.get(slug=slug)
        after = Level.objects.get(slug=slug)
        after.invitation_days, after.open_invitations = days, most
        levels.save(change, after, before)


def invite(by, *documents, email=EMAIL, days=14, **more):
    return flows.invite(documents, email=email, company_name="Example Corp", days=days, by=by, **more)


def age(invitation, *, days):
    """Moves the invitation so many days into the past."""
    row = Invitation.objects.get(pk=invitation.pk)
    Invitation.objects.filter(pk=row.pk).update(
        invited_at=row.invited_at - timedelta(days=days), ends_at=row.ends_at - timedelta(days=days)
    )
