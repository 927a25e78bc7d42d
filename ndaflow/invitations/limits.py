"""Whether a colleague may invite this person to these documents now. Each limit is data of a level, or protects somebody."""

from collections.abc import Sequence
from datetime import datetime

from documents.models import AccessGrant, Document, Level
from ndaflow.invitations.models import Invitation, InvitationState, InvitedDocument
from ndaflow.invitations.refusals import Refusal
from ndaflow.requests.flows.step import asked_by
from ndaflow.requests.models import RequestedDocument, RequestStatus
from trustcenter.accounts import listed
from trustcenter.accounts.addresses import domain_of
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError

State = InvitationState


def must_hold(documents: Sequence[Document], days: int, by: User, at: datetime) -> None:
    """Every level says whether sales may invite to it, for how long, and how many invitations one colleague may have."""
    if not documents:
        raise FlowError(Refusal.NO_DOCUMENT)
    waiting = Invitation.objects.filter(invited_by=by, state=State.SENT, ends_at__gt=at)
    for document in documents:
        level = must_be_at_level(document, days)
        if waiting.filter(documents__level=level).distinct().count() >= (level.open_invitations or 0):
            raise FlowError(Refusal.ENOUGH_WAIT, level=level.name, most=str(level.open_invitations))


def must_be_at_level(document: Document, days: int) -> Level:
    """Whether the document's level lets sales invite to it for so many days; returns the level."""
    level = document.level
    if level is None or not level.takes_invitations:
        raise FlowError(Refusal.NOT_AT_LEVEL, document=document.title)
    if document.current is None:
        raise FlowError(Refusal.IN_PREPARATION, document=document.title)
    longest = level.invitation_days or 0
    if not 1 <= days <= longest:
        raise FlowError(Refusal.TOO_LONG, document=document.title, days=str(longest))
    return level


def must_be_welcome(email: str) -> User | None:
    """Refuses staff and blocked people; returns the account, if there is one."""
    person = User.objects.select_related("company").filter(email=email).first()
    if person is not None and person.is_staff:
        raise FlowError(Refusal.STAFF)
    if _is_blocked(email, person):
        raise FlowError(Refusal.BLOCKED)
    return person


def must_be_invitable(email: str, documents: Sequence[Document]) -> None:
    """Refuses staff, blocked people, and documents that the person has, has asked for or is invited to already."""
    person = must_be_welcome(email)
    named = InvitedDocument.objects.filter(invitation__email=email, invitation__state=State.SENT)
    if (again := named.filter(document__in=documents).select_related("document").first()) is not None:
        raise FlowError(Refusal.NAMED, document=again.document.title)
    if person is None:
        return
    waiting = RequestedDocument.objects.filter(request__requester=person, request__status=RequestStatus.OPEN)
    asked = waiting.filter(document__in=set(asked_by(person)) & {document.pk for document in documents})
    if (item := asked.select_related("document", "request").first()) is not None:
        raise FlowError(Refusal.ASKED, document=item.document.title, reference=item.request.reference)
    held = AccessGrant.objects.filter(holder=person, document__in=documents, ended_at=None).select_related("document")
    for grant in held:
        until = grant.ends_at.date().isoformat()
        raise FlowError(Refusal.HELD, document=grant.document.title, until=until)


def _is_blocked(email: str, person: User | None) -> bool:
    """Whether the person is blocked; for an address that nobody has proven, whether it or its company is."""
    company = Company.objects.filter(domains__domain=domain_of(email)).first()
    if person is not None and person.company is not None:
        company = person.company
    return listed.block_of(User(email=email, company=company)) is not None
