"""Scheduled work: ends invitations that nobody used in time, and forgets them after a while."""

from django.utils import timezone

from ndaflow.invitations import flows, prospects
from ndaflow.invitations.models import Invitation, InvitationState
from trustcenter import audit
from trustcenter.audit import erasing
from trustcenter.audit.models import Record
from trustcenter.work.clock import every
from trustcenter.work.retention import Kept

# One run changes no more rows than this; the next run goes on.
BATCH = 200


@every(600)
def end_unused() -> int:
    """Ends invitations that nobody used in time; returns how many."""
    overdue = Invitation.objects.filter(state=InvitationState.SENT, ends_at__lte=timezone.now())
    keys = list(overdue.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return flows.expire(keys) if keys else 0


@every(3600)
def forget_unused() -> int:
    """Deletes invitations that nobody used, with what the log says about them; returns how many.

    The person never came, so there is no reason to keep their address. One that was used is evidence of why a document
    opened, and stays.
    """
    over = Invitation.objects.filter(used_at=None, ended_at__lt=Kept.REFUSED.over())
    keys = list(over.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if keys:
        subjects = [f"{Invitation._meta.model_name}:{key}" for key in keys]
        records = Record.objects.filter(subject__in=subjects, detail__erased_by=None).order_by("number")
        with audit.change(by=None) as change:
            erasing.age_within(change, list(records.values_list("number", flat=True)), erasing.REFUSED)
            flows.remove_old(change, keys)
    return len(keys)


@every(300)
def tell_first_readings() -> int:
    """Tells colleagues in sales who of their prospects has read a document for the first time; returns how many."""
    return prospects.tell_first_readings(timezone.now())
