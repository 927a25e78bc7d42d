"""Scheduled work: keeps personal data no longer than the settings say."""

from datetime import timedelta

from django.utils import timezone

from documents.models import Delivery, ReadPage
from ndaflow.privacy import flows
from ndaflow.privacy.models import Export
from ndaflow.requests import flows as requests
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter import audit
from trustcenter.audit import erasing
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.clock import every
from trustcenter.work.retention import Kept

# One run changes no more rows than this; the next run goes on.
BATCH = 1000
# Longer than all tries of a failing export.
PATIENCE = timedelta(hours=2)
# The records that hold a network address and nothing that anything depends on.
SIGN_INS = (Action.SIGNED_IN, Action.SIGNED_OUT, Action.SIGN_IN_FAILED, Action.FAILURES_PAUSED, Action.CODE_SENT)


@every(3600)
def delete_exports() -> int:
    """Deletes files with exported data that have been kept long enough; returns how many."""
    over = Export.objects.filter(asked_at__lt=Kept.EXPORTS.over())
    deleted = 0
    for export in over.select_related("file")[:BATCH]:
        with audit.change(by=None) as change:
            change.record(Action.EXPORT_DELETED, subject=export)
            flows.remove(export)
        deleted += 1
    return deleted


@every(600)
def end_exports() -> None:
    """Ends exports that were never finished, so that none is "being made" forever and the person can ask again."""
    stuck = Export.objects.filter(state__in=[Export.State.WAITING, Export.State.MAKING])
    for export in stuck.filter(asked_at__lt=timezone.now() - PATIENCE)[:BATCH]:
        with audit.change(by=None) as change:
            if Export.objects.filter(pk=export.pk, file=None).update(state=Export.State.FAILED):
                change.record(Action.EXPORT_FAILED, subject=export)


@every(3600)
def forget_refused() -> int:
    """Empties what people typed in requests that never opened anything; returns how many requests.

    A request that opened a document is evidence of why it did, and stays.
    """
    closed = [RequestStatus.DENIED, RequestStatus.WITHDRAWN]
    over = AccessRequest.objects.filter(status__in=closed, closed_at__lt=Kept.REFUSED.over()).exclude(reason="")
    keys = list(over.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if keys:
        subjects = [f"{AccessRequest._meta.model_name}:{key}" for key in keys]
        records = Record.objects.filter(subject__in=subjects, detail__erased_by=None)
        with audit.change(by=None) as change:
            erasing.age_within(
                change, list(records.order_by("number").values_list("number", flat=True)), erasing.REFUSED
            )
            requests.forget_texts(keys)
    return len(keys)


@every(3600)
def forget_sign_ins() -> int:
    """Erases network addresses of old sign-ins from the log, which session opened a document, and which pages were read.

    Returns how many records of the log it emptied.
    """
    over = Kept.SIGN_INS.over()
    old = Record.objects.filter(action__in=SIGN_INS, at__lt=over, detail__erased_by=None)
    numbers = list(old.order_by("number").values_list("number", flat=True)[:BATCH])
    erasing.age(numbers, erasing.SIGN_INS)
    opened = Delivery.objects.filter(started_at__lt=over).exclude(session_hash="")
    Delivery.objects.filter(pk__in=list(opened.values_list("pk", flat=True)[:BATCH])).update(session_hash="")
    read = ReadPage.objects.filter(read_at__lt=over).values_list("pk", flat=True)
    ReadPage.objects.filter(pk__in=list(read[:BATCH])).delete()
    return len(numbers)
