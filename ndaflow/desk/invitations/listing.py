"""The invitations that the desk lists, and what sales may invite to."""

from dataclasses import dataclass

from django.db.models import QuerySet

from documents.models import Document, Level
from ndaflow.invitations.models import Invitation, InvitationState
from ndaflow.rules.models import RuleControl, RuleVersion
from ndaflow.rules.policy import read
from trustcenter.accounts.models import User

State = InvitationState


@dataclass(frozen=True)
class Limit:
    """What one level lets a colleague do, and how many of their invitations wait there."""

    level: Level
    waiting: int

    @property
    def left(self) -> int:
        return max(0, (self.level.open_invitations or 0) - self.waiting)


def rows(reader: User, *, state: str, everyone: bool) -> QuerySet[Invitation]:
    """The invitations of the reader, or of everyone, the newest first."""
    found = Invitation.objects.select_related("invited_by").prefetch_related("documents")
    found = found if everyone else found.filter(invited_by=reader)
    return found.filter(state=state) if state in State.values else found


def offered() -> tuple[list[Document], list[Document]]:
    """The documents that can be requested: those to which sales may invite, and the others."""
    found = Document.objects.select_related("level").prefetch_related("versions")
    known = [document for document in found if document.can_be_requested]
    may = [document for document in known if document.level is not None and document.level.takes_invitations]
    return may, [document for document in known if document not in may]


def limits(reader: User) -> list[Limit]:
    """The limits of each level that takes invitations; a query for each of these."""
    waiting = Invitation.objects.filter(invited_by=reader, state=State.SENT)
    return [
        Limit(level, waiting.filter(documents__level=level).distinct().count())
        for level in Level.objects.filter(invitation_days__isnull=False)
    ]


def rules_decide() -> bool:
    """Whether rules are on, and one of them approves what sales invited to."""
    version = RuleVersion.in_force()
    if version is None or not RuleControl.now().is_on:
        return False
    return any(rule.relies_on_invitation and rule.then.approve_days is not None for rule in read(version.rules))
