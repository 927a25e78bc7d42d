"""What a stricter level does to open requests: what was approved by too few people goes back into review."""

from collections.abc import Iterable, Sequence

from django.db.models import F

from ndaflow.requests import targets
from ndaflow.requests.flows.step import items_of, requester_of
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from trustcenter.audit import Change
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome


def lock_for_review(items: Iterable[RequestedDocument]) -> list[AccessRequest]:
    """The open requests of these documents, locked until commit. Comes before the lock of the level."""
    keys = {item.request_id for item in items}
    found = AccessRequest.objects.filter(pk__in=keys, status=RequestStatus.OPEN).order_by("pk")
    return list(found.select_for_update(no_key=True))


def review_again(change: Change, requests: Iterable[AccessRequest]) -> None:
    """Puts back into review what has too few approvals now, in a change that has locked these requests."""
    for request in requests:
        if put_back(change, request, items_of(request)):
            # An approver who has the request on the screen has to see this first.
            AccessRequest.objects.filter(pk=request.pk).update(step=F("step") + 1)
            targets.follow(request, change.at)


def put_back(change: Change, request: AccessRequest, items: Sequence[RequestedDocument]) -> bool:
    """Puts back into review what is approved, not open, and needs more approvals than it has. Whether there was any."""
    back = [item for item in items if item.is_approved and item.grant is None and item.lacks_approvals]
    for item in back:
        item.outcome = Outcome.PENDING
        item.save(update_fields=["outcome"])
    if back:
        change.record_effect(
            Action.REQUEST_REVIEWED_AGAIN,
            subject=request,
            changed=RequestedDocument.objects.filter(pk__in=[item.pk for item in back]),
            requester=requester_of(request),
            documents=[item.document.named for item in back],
        )
    return bool(back)
