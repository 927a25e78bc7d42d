"""Scheduled work: warn before access ends, remind before a target is over, note risks, close what has ended, and delete unconfirmed drafts."""

from django.db.models import F
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.requests import flows, noted_risks, targets
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
def warn_of_ends() -> None:
    """Tells readers 14 and 3 days before their access ends."""
    flows.warn_of_ends(timezone.now())


@every(300)
def keep_targets() -> None:
    """Reminds the owners of requests with half of their time left, and tells every approver at a quarter."""
    for request in targets.running_out(targets.REMIND_AT).filter(reminded_at=None)[:200]:
        flows.remind(request)
    for request in targets.running_out(targets.ESCALATE_AT).filter(escalated_at=None)[:200]:
        flows.escalate(request)


@every(300)
def note_risks() -> None:
    """Notes the risks of open requests again, because they also depend on other requests and on other companies."""
    waiting = AccessRequest.objects.filter(status=RequestStatus.OPEN).select_related("requester__company")
    for request in waiting.order_by(F("risks_at").asc(nulls_first=True))[:200]:
        noted_risks.note(request, timezone.now())


@every(3600)
def forget_drafts() -> None:
    """Deletes drafts whose mailbox was never confirmed."""
    old = AccessRequest.objects.filter(status=RequestStatus.DRAFT, created_at__lt=Kept.DRAFTS.over())
    with audit.change(by=None):
        # Locked before they are deleted: one that is opened at this moment is a draft no longer, and has to stay.
        found = list(old.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        AccessRequest.objects.filter(pk__in=found).delete()
