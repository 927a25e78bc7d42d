"""Scheduled work: close requests whose access has ended, and delete drafts that nobody confirmed."""

from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter import audit
from trustcenter.audit import FlowError
from trustcenter.work.clock import every
from trustcenter.work.retention import Kept


@every(60)
def expire_requests() -> None:
    """Closes granted requests whose access has ended."""
    still_open = AccessGrant.objects.filter(ended_at=None, ends_at__gt=timezone.now())
    over = AccessRequest.objects.filter(status=RequestStatus.GRANTED).exclude(items__grant__in=still_open)
    for request in over[:200]:
        try:
            flows.expire(request)
        except FlowError:
            # It was changed meanwhile; the next run checks it again.
            continue


@every(3600)
def forget_drafts() -> None:
    """Deletes drafts whose mailbox was never confirmed."""
    old = AccessRequest.objects.filter(status=RequestStatus.DRAFT, created_at__lt=Kept.DRAFTS.over())
    with audit.change(by=None):
        # Locked before they are deleted: one that is opened at this moment is a draft no longer, and has to stay.
        found = list(old.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        AccessRequest.objects.filter(pk__in=found).delete()
