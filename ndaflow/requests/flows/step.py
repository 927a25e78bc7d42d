"""The parts of every step: its change, its refusal, the next status, and who may take it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import IntegrityError
from django.db.models import F, Model, Q, QuerySet

from documents.models import AccessGrant
from ndaflow.duty import people
from ndaflow.requests import targets
from ndaflow.requests.flows import holding
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Refusal, Step
from trustcenter import audit
from trustcenter.accounts import own
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.web import throttle

DECIDE = people.DECIDE
# For people of legal who do not decide requests otherwise: only documents that a rule sends to them.
LEGAL = "ndaflow.decide_for_legal"


@contextmanager
def step(
    request: AccessRequest,
    name: Step,
    *,
    was: Sequence[RequestStatus],
    by: User | None,
    opens: bool = False,
    covers: bool = False,
) -> Iterator[tuple[audit.Change, AccessRequest]]:
    """A change that starts with a compare-and-swap on the request as the caller saw it. Yields the change and the fresh row.

    With `opens`, the step may open documents and first locks the rows that this depends on; with `covers`, it may also
    change what covers the requester, `by`. The loser of a race gets a FlowError. A refusal rolls the step back and is recorded
    separately.
    """
    with refusing(request, name, by=by), audit.change(by=by) as change:
        # A signature may open documents of the signer's other requests, too. All of them by id, before this one is won:
        # otherwise decisions in two requests of one person, at the same moment, would wait for each other.
        live = Q(requester=request.requester_id, status=RequestStatus.OPEN)
        rows = AccessRequest.objects.filter(live | Q(pk=request.pk)).order_by("pk")
        if opens:
            list(rows.select_for_update(no_key=True).values_list("pk"))
        won = AccessRequest.objects.filter(pk=request.pk, status__in=was, step=request.step)
        if not won.update(step=F("step") + 1):
            raise FlowError(_why_lost(request, was))
        if covers and by is not None:
            own.lock(by)
            # The signer may have opened another request until their own row was locked.
            holding.join(rows)
        if opens:
            holding.hold(change, rows, [request.requester_id])
        # Now, because a merge may have given the requester another company until these locks were free.
        row = AccessRequest.objects.select_related("requester", "owner").get(pk=request.pk)
        note_rows(change, row)
        yield change, row
        targets.follow(row, change.at)


@contextmanager
def refusing(subject: Model, name: Step, *, by: User | None) -> Iterator[None]:
    """Records why the change in the block was refused, in a change of its own, once the block is rolled back."""
    try:
        try:
            yield
        except IntegrityError as broken:
            # A constraint refused what the step's own checks did not see.
            raise FlowError(Refusal.CHANGED) from broken
    except FlowError as refusal:
        # Records are never deleted, so one person cannot add them without a limit.
        if by is None or throttle.allow_key("request-refused", limit=20, seconds=3600, key=by.pk):
            with audit.change(by=by) as change:
                change.record(
                    Action.REQUEST_REFUSED, subject=subject, step=name.value, refusal=refusal.code, words=refusal.words
                )
        raise


def note_rows(change: audit.Change, request: AccessRequest) -> None:
    """Records the facts of the request and its documents at the end of the change."""
    change.changed(
        AccessRequest.answering().filter(pk=request.pk), RequestedDocument.answering().filter(request=request.pk)
    )


def _why_lost(request: AccessRequest, was: Sequence[RequestStatus]) -> Refusal:
    status = AccessRequest.objects.filter(pk=request.pk).values_list("status", flat=True).first()
    if status is None:
        return Refusal.GONE
    return Refusal.CHANGED if status in was else Refusal.MOVED_ON


def request_of(grant: AccessGrant) -> AccessRequest:
    """The request that a grant belongs to. One that has been extended belongs to none: somebody was faster."""
    found = AccessRequest.objects.filter(items__grant=grant).first()
    if found is None:
        raise FlowError(Refusal.CHANGED)
    return found


def move(request: AccessRequest, status: RequestStatus, **changes: object) -> None:
    """Writes the next status. Raises ValueError for a step that `RequestStatus.successors` does not have."""
    if status not in RequestStatus(request.status).successors:
        raise ValueError(f"{request.status} does not lead to {status}")
    AccessRequest.objects.filter(pk=request.pk).update(status=status, **changes)
    request.refresh_from_db()


def must_be_requester(request: AccessRequest, by: User) -> None:
    if request.requester_id != by.pk:
        raise FlowError(Refusal.NOT_REQUESTER)


def must_be_approver(by: User) -> None:
    if not by.has_perm(DECIDE):
        raise FlowError(Refusal.NOT_APPROVER)


def must_be_other_decider(request: AccessRequest, by: User) -> None:
    """An approver, or somebody of legal, for whom each document is checked too. Nobody decides their own request."""
    if not (by.has_perm(DECIDE) or by.has_perm(LEGAL)):
        raise FlowError(Refusal.NOT_APPROVER)
    if request.requester_id == by.pk:
        raise FlowError(Refusal.OWN_REQUEST)


def must_be_other_approver(request: AccessRequest, by: User) -> None:
    must_be_approver(by)
    if request.requester_id == by.pk:
        raise FlowError(Refusal.OWN_REQUEST)


def requester_of(request: AccessRequest) -> User:
    if request.requester is None:
        raise ValueError(f"request {request.pk} has no requester")
    return request.requester


def items_of(request: AccessRequest) -> list[RequestedDocument]:
    return list(request.items.select_related("document__level", "grant").prefetch_related("decisions"))


def asked_by(person: User) -> QuerySet[RequestedDocument, int]:
    """The documents that wait in an open request of the person already."""
    outcomes = [RequestedDocument.Outcome.PENDING, RequestedDocument.Outcome.APPROVED]
    waiting = RequestedDocument.objects.filter(
        request__requester=person, request__status=RequestStatus.OPEN, outcome__in=outcomes, grant=None
    )
    return waiting.values_list("document", flat=True)
