"""The steps of an invitation: sent by a colleague in sales, used by the person, withdrawn, or ended by the clock."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from documents.models import Document
from ndaflow.invitations import limits
from ndaflow.invitations.models import LONGEST_NOTE, Invitation, InvitationState, InvitedDocument
from ndaflow.invitations.refusals import Refusal
from ndaflow.requests.models import AccessRequest, RequestedDocument
from trustcenter import audit
from trustcenter.accounts import checked, own
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.text import canonical, digest

SEND, MANAGE = "ndaflow.send_invitation", "ndaflow.manage_invitation"
# How long the person has to use it.
VALID = timedelta(days=14)
State = InvitationState


def end_of_an_invitation(at: datetime | None = None) -> datetime:
    """Until when an invitation that is sent now can be used."""
    return (at or timezone.now()) + VALID


def invite(
    documents: Sequence[Document], *, email: str, company_name: str, days: int, by: User, name: str = "", note: str = ""
) -> Invitation:
    """Invites a person to documents, for at most so many days, and mails them. Raises FlowError.

    The mail opens nothing. The person proves the mailbox and signs like everyone, and a rule or a person decides.
    """
    email, note = checked.address(email), checked.lines(note)
    name, company_name = checked.line(name), checked.line(company_name)
    if not company_name:
        raise FlowError(Refusal.NO_NAME)
    if len(note) > LONGEST_NOTE:
        raise FlowError(Refusal.LONG_NOTE, most=str(LONGEST_NOTE))
    try:
        with audit.change(by=by) as change:
            # Two invitations of one colleague at once count each other.
            own.lock(by)
            if not by.has_perm(SEND):
                raise FlowError(Refusal.NOT_SALES)
            _end_overdue(change, Invitation.objects.filter(email=email))
            documents = _as_they_are(documents)
            limits.must_hold(documents, days, by, change.at)
            limits.must_be_invitable(email, documents)
            invitation = Invitation.objects.create(
                email=email,
                name=name,
                company_name=company_name,
                document_set=set_of(documents),
                days=days,
                note=note,
                invited_by=by,
                invited_at=change.at,
                mailed_at=change.at,
                ends_at=end_of_an_invitation(change.at),
            )
            InvitedDocument.objects.bulk_create(
                InvitedDocument(invitation=invitation, document=document) for document in documents
            )
            context = {"invitation": invitation, "documents": documents, "colleague": by}
            change.mail("invitation", to=email, context=context, reply_to=by.email)
            change.record(
                Action.INVITATION_SENT,
                subject=invitation,
                changed=_rows([invitation.pk]),
                email=email,
                documents=[document.named for document in documents],
                days=days,
            )
    except IntegrityError as broken:
        # A colleague invited the same person to the same documents at the same moment.
        raise FlowError(Refusal.NAMED, document=documents[0].title) from broken
    return invitation


def withdraw(invitation: Invitation, *, by: User) -> None:
    """Ends an invitation, by its sender or somebody who manages all of them. Raises FlowError.

    It counts for nothing that is decided later. What has opened already stays open until an approver ends it.
    """
    with audit.change(by=by) as change:
        row = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
        if not (by.has_perm(MANAGE) or (by.has_perm(SEND) and row.invited_by_id == by.pk)):
            raise FlowError(Refusal.NOT_YOURS)
        if State.WITHDRAWN not in State(row.state).successors or _is_overdue(row, change):
            raise FlowError(Refusal.SETTLED)
        _end(change, row, State.WITHDRAWN)
        change.record(Action.INVITATION_WITHDRAWN, subject=row, changed=_rows([row.pk]), email=row.email)


def use(change: Change, request: AccessRequest) -> None:
    """Lets invitations to the requester's proven address count for the documents of a request that has just opened."""
    if request.requester is None:
        return
    items = {item.document_id: item for item in request.items.filter(outcome=RequestedDocument.Outcome.PENDING)}
    for invitation in _usable(request.requester.email, change):
        named = [one for one in invitation.invited.all() if one.item_id is None and one.document_id in items]
        for one in named:
            one.item = items.pop(one.document_id)
            one.save(update_fields=["item"])
        if not named:
            continue
        if invitation.state == State.SENT:
            invitation.state, invitation.used_at = State.USED, change.at
            invitation.save(update_fields=["state", "used_at"])
        change.record(
            Action.INVITATION_USED,
            subject=invitation,
            changed=_rows([invitation.pk]),
            request=request.pk,
            documents=[one.document.named for one in named],
        )


def hold(request: AccessRequest) -> None:
    """Locks the invitations that count for a request until commit: they are not withdrawn while it is decided."""
    rows = Invitation.objects.filter(invited__item__request=request).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk"))


def expire(keys: Collection[str]) -> int:
    """Ends these invitations if nobody used them in time; returns how many ended."""
    with audit.change(by=None) as change:
        return _end_overdue(change, Invitation.objects.filter(pk__in=keys))


def forget(change: Change, email: str, anonymous: str) -> Iterable[Invitation]:
    """Ends the invitations to an address and empties what was typed in them, because the person's data are erased.

    Returns the rows, which the caller records.
    """
    found = list(Invitation.objects.filter(email=email).order_by("pk").select_for_update(no_key=True))
    for row in found:
        if State.WITHDRAWN in State(row.state).successors:
            _end(change, row, State.WITHDRAWN)
        row.email, row.name, row.company_name, row.note = anonymous, "", "", ""
        # A person may have been invited to the same documents several times, one after another.
        row.save(update_fields=["email", "domain", "name", "company_name", "note"])
    return _rows([row.pk for row in found])


def remove_old(change: Change, keys: Collection[str]) -> None:
    """Deletes invitations that nobody used, in the caller's change."""
    rows = Invitation.objects.filter(pk__in=keys, used_at=None).order_by("pk").select_for_update(no_key=True)
    found = list(rows)
    change.removed(*found)
    Invitation.objects.filter(pk__in=[row.pk for row in found]).delete()


def set_of(documents: Iterable[Document]) -> str:
    """What identifies a set of documents, whatever their order."""
    return digest(canonical({"documents": sorted(document.slug for document in documents)}))


def _as_they_are(documents: Sequence[Document]) -> list[Document]:
    """The documents as the database has them now, in the order of the library."""
    rows = Document.objects.filter(pk__in=[document.pk for document in documents])
    return list(rows.select_related("level").prefetch_related("versions"))


def _usable(email: str, change: Change) -> list[Invitation]:
    """The invitations that the owner of an address may use now, the newest first, locked until commit."""
    rows = Invitation.objects.filter(email=email, state__in=[State.SENT, State.USED], ends_at__gt=change.at)
    # Rows of one kind are locked by their key.
    locked = list(rows.order_by("pk").select_for_update(no_key=True).prefetch_related("invited__document"))
    return sorted(locked, key=lambda row: row.invited_at, reverse=True)


def _end_overdue(change: Change, invitations: QuerySet[Invitation]) -> int:
    overdue = invitations.filter(state=State.SENT, ends_at__lte=change.at).order_by("pk")
    ended = list(overdue.select_for_update(no_key=True))
    for row in ended:
        _end(change, row, State.EXPIRED)
        change.record_effect(Action.INVITATION_EXPIRED, subject=row, changed=_rows([row.pk]), email=row.email)
    return len(ended)


def _is_overdue(row: Invitation, change: Change) -> bool:
    return row.state == State.SENT and row.ends_at <= change.at


def _end(change: Change, row: Invitation, state: InvitationState) -> None:
    if state not in State(row.state).successors:
        raise ValueError(f"{row.state} does not lead to {state}")
    row.state, row.ended_at = state, change.at
    row.save(update_fields=["state", "ended_at"])


def _rows(keys: Iterable[str]) -> QuerySet[Invitation]:
    return Invitation.answering().filter(pk__in=list(keys))
