"""Scheduled work: forgets objections that have been kept long enough."""

from django.db.models import Q

from ndaflow.objections import flows
from ndaflow.objections.models import Objection
from trustcenter import audit
from trustcenter.audit import erasing
from trustcenter.audit.models import Record
from trustcenter.work.clock import every
from trustcenter.work.retention import Kept

# One run changes no more rows than this; the next run goes on.
BATCH = 200


@every(3600)
def forget_old() -> int:
    """Deletes objections with our answers, and what the log says about them; returns how many.

    One that waits for an answer stays, however old it is.
    """
    over = Kept.OBJECTIONS.over()
    answered = Q(state=Objection.State.ANSWERED, answered_at__lt=over)
    withdrawn = Q(state=Objection.State.WITHDRAWN, raised_at__lt=over)
    keys = list(Objection.objects.filter(answered | withdrawn).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return 0
    subjects = [f"{Objection._meta.model_name}:{key}" for key in keys]
    records = Record.objects.filter(subject__in=subjects, detail__erased_by=None).order_by("number")
    with audit.change(by=None) as change:
        erasing.age_within(change, list(records.values_list("number", flat=True)), erasing.OBJECTIONS)
        return len(flows.remove_old(change, keys))
