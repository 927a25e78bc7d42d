"""What the clock does: tell requesters that access ended, and forget drafts that nobody proved."""

from datetime import timedelta

from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.audit import FlowError
from trustcenter.work.clock import every

DRAFT_LIFETIME = timedelta(days=1)


@every(60)
def expire_requests() -> None:
    """Closes granted requests with nothing left to read."""
    still_open = AccessGrant.objects.filter(ended_at=None, ends_at__gt=timezone.now())
    over = AccessRequest.objects.filter(status=RequestStatus.GRANTED).exclude(items__grant__in=still_open)
    for request in over[:200]:
        try:
            flows.expire(request)
        except FlowError:
            # Somebody moved it meanwhile; the next round looks again.
            continue


@every(3600)
def forget_drafts() -> None:
    """Deletes what was typed and never proven."""
    AccessRequest.objects.filter(status=RequestStatus.DRAFT, created_at__lt=timezone.now() - DRAFT_LIFETIME).delete()
