"""Sends an invitation again that nobody has used. It stays the same: its link opens nothing, and its end does not move."""

from datetime import timedelta

from ndaflow.invitations import flows, limits
from ndaflow.invitations.models import MOST_MAILS, Invitation, InvitationState
from ndaflow.invitations.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action

# Between two mails with one invitation.
PAUSE = timedelta(days=1)


def send_again(invitation: Invitation, *, by: User) -> None:
    """Mails the person the same invitation once more, by who sent it. Raises FlowError.

    What may have changed since is looked at again: the levels, and whether the person is blocked.
    """
    with audit.change(by=by) as change:
        row = Invitation.objects.select_for_update(no_key=True).filter(pk=invitation.pk).first()
        if row is None or row.state != InvitationState.SENT or row.ends_at <= change.at:
            raise FlowError(Refusal.SETTLED)
        if not by.has_perm(flows.SEND) or row.invited_by_id != by.pk:
            raise FlowError(Refusal.NOT_THE_SENDER)
        if row.mails >= MOST_MAILS:
            raise FlowError(Refusal.SENT_OFTEN, most=str(MOST_MAILS))
        if row.mailed_at > change.at - PAUSE:
            raise FlowError(Refusal.TOO_SOON)
        documents = list(row.documents.select_related("level").prefetch_related("versions"))
        for document in documents:
            limits.must_be_at_level(document, row.days)
        limits.must_be_welcome(row.email)
        row.mails, row.mailed_at = row.mails + 1, change.at
        row.save(update_fields=["mails", "mailed_at"])
        context = {"invitation": row, "documents": documents, "colleague": by}
        change.mail("invitation", to=row.email, context=context, reply_to=by.email)
        rows = Invitation.answering().filter(pk=row.pk)
        change.record(Action.INVITATION_SENT_AGAIN, subject=row, changed=rows, email=row.email)
