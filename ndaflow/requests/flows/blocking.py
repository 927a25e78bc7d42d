"""A request of somebody whom an approver has blocked is denied in the change that opens it."""

from collections.abc import Sequence

from documents.models import Document
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.step import move, requester_of
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from trustcenter.accounts import listed
from trustcenter.accounts.models import User
from trustcenter.audit import Change
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome


def turned_away(change: Change, request: AccessRequest, documents: Sequence[Document]) -> bool:
    """Denies a request that has just opened if its requester or their company is blocked; says whether it did.

    Before the address is proven, a blocked person reads the same words as everyone else. Nobody decides here: there is
    no `Decision`, the reason is the operator's, and the record names what is blocked.
    """
    requester = User.objects.select_related("company").get(pk=requester_of(request).pk)
    block = listed.block_of(requester)
    if block is None:
        return False
    request.items.update(outcome=Outcome.DENIED, refused_at=change.at)
    # Nobody decided, so it says nothing about how long we need.
    clock = {"due_at": None, "target_hours": None}
    move(request, RequestStatus.DENIED, closed_at=change.at, closing_reason=block.reason, **clock)
    tell(change, request, "request_denied")
    change.record_effect(
        Action.REQUEST_BLOCKED,
        subject=request,
        requester=requester,
        documents=[document.named for document in documents],
        entry=block.entry,
        listed=block.id,
        reason=block.reason,
    )
    return True
