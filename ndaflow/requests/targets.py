"""The response target of a request: until when we decide, in business hours. The clock stands while others are to act."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from documents.models import Document
from ndaflow.agreements.papers.models import Paper
from ndaflow.duty.hours import business_time
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus

Outcome = RequestedDocument.Outcome

# Without a level, in business hours.
USUAL_TARGET = 8


# The share of the target that is left when the owner is reminded, and when every approver is told.
REMIND_AT, ESCALATE_AT = 0.5, 0.25


def hours_for(documents: Iterable[Document]) -> int:
    """The strictest target among the documents, which come with their levels."""
    return min((one.level.target_hours if one.level else USUAL_TARGET for one in documents), default=USUAL_TARGET)


def begin(documents: Iterable[Document], at: datetime) -> dict[str, Any]:
    """The columns of a request that opens now; one query."""
    hours = hours_for(documents)
    return {"target_hours": hours, "due_at": business_time().after(at, timedelta(hours=hours))}


def follow(request: AccessRequest, at: datetime) -> None:
    """Stops or restarts the clock after a step, and notes how long we needed once everything is decided.

    Call it with the row of the step still locked.
    """
    row = AccessRequest.objects.get(pk=request.pk)
    if row.due_at is None:
        return
    is_open = row.status == RequestStatus.OPEN
    outcomes = set(row.items.values_list("outcome", flat=True))
    undecided = is_open and Outcome.PENDING in outcomes
    runs = undecided and not is_held(row)
    changes: dict[str, Any] = {}
    if runs and row.paused_at is not None:
        # The same business time is left as when it stopped, also if it was over then.
        office = business_time()
        changes = {"due_at": office.after(row.due_at, office.between(row.paused_at, at)), "paused_at": None}
    elif not runs and row.paused_at is None:
        changes = {"paused_at": at}
    if not undecided and row.decided_at is None and outcomes & {Outcome.APPROVED, Outcome.DENIED, Outcome.LAPSED}:
        changes |= {"decided_at": at, "decided_in": _minutes(row, row.paused_at or at)}
    if changes:
        AccessRequest.objects.filter(pk=row.pk).update(**changes)
        for name, value in changes.items():
            setattr(request, name, value)


def is_held(request: AccessRequest) -> bool:
    """Whether an open request waits for somebody else before we can decide: the requester, who has to answer a question, or
    legal, who checks a paper."""
    if request.questions.filter(answered_at=None).exists():
        return True
    return request.papers.filter(state=Paper.State.WAITING).exists()


def _minutes(row: AccessRequest, at: datetime) -> int:
    """The business minutes from the opening to `at`, without those in which the clock stood."""
    assert row.due_at is not None and row.target_hours is not None
    needed = timedelta(hours=row.target_hours) - business_time().left(at, row.due_at)
    return max(0, round(needed / timedelta(minutes=1)))


def running_out(share: float) -> QuerySet[AccessRequest]:
    """Open requests whose clock runs and has no more than this share of the target left; two queries, and its own."""
    office, now = business_time(), timezone.now()
    running = AccessRequest.objects.filter(status=RequestStatus.OPEN, paused_at=None, due_at__isnull=False)
    near = Q(pk__in=[])
    for hours in running.order_by().values_list("target_hours", flat=True).distinct():
        near |= Q(target_hours=hours, due_at__lte=office.after(now, timedelta(hours=(hours or 0) * share)))
    return running.filter(near).order_by("due_at")
