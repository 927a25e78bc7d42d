"""What one person holds and waits for, over all their requests."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from ndaflow.agreements.needed import Standing, standing
from ndaflow.requests import gates
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.progress import Row, Situation, State, rows
from trustcenter.accounts.models import User


@dataclass(frozen=True)
class Listed:
    """One request in the list of the person's own: how it stands, and what it waits for while it is open."""

    request: AccessRequest
    documents: list[str]
    tone: str
    status: str


@dataclass(frozen=True)
class Mine:
    """Every document of every request of a person, by document, the newest request first, and how the agreements that they
    need stand for the person."""

    rows: list[Row]
    agreed: Standing


def read(person: User, now: datetime) -> Mine:
    """Everything that the person has requested; six queries at most."""
    items = RequestedDocument.objects.filter(request__requester=person).exclude(request__status=RequestStatus.DRAFT)
    items = items.select_related("document__level", "grant__document__level", "request__continued_by")
    items = items.prefetch_related("decisions", "document__versions", "request__questions")
    every = list(items.order_by("document__position", "document__slug", "-request__opened_at"))
    agreed = standing(person, gates.required(every), now)
    found: list[Row] = []
    for item in every:
        question = next((one for one in item.request.questions.all() if one.answered_at is None), None)
        situation = Situation(
            request=item.request,
            agreements=agreed.agreements,
            coverage=agreed.coverage,
            question=question,
            now=now,
        )
        found += rows(situation, [item])
    return Mine(found, agreed)


def of_request(request: AccessRequest, now: datetime) -> Listed | None:
    """How one request stands, as its requester reads it in the list of their own."""
    person = request.requester
    own = [row for row in read(person, now).rows if row.item.request_id == request.pk] if person else []
    return _listed(request, own) if own else None


def documents(rows: list[Row]) -> list[Row]:
    """Every document once: as it is open to the person, or else as the last request left it that was not withdrawn."""
    found: dict[str, Row] = {}
    for row in rows:
        left = row.state not in {State.WITHDRAWN, State.TAKEN_OVER, State.REPLACED}
        if left and (row.item.document.slug not in found or row.state is State.OPEN):
            found[row.item.document.slug] = row
    waiting = {row.item.document_id: row.item.request for row in rows if row.state.is_waiting}
    return [
        replace(row, may_renew=False, renewal=waiting[row.item.document_id])
        if row.may_renew and row.item.document_id in waiting
        else row
        for row in found.values()
    ]


def requests(rows: list[Row]) -> list[Listed]:
    """Every request once, the newest first."""
    by_request: dict[str, list[Row]] = {}
    for row in rows:
        by_request.setdefault(row.item.request_id, []).append(row)
    listed = [_listed(own[0].item.request, own) for own in by_request.values()]
    return sorted(listed, key=lambda one: one.request.created_at, reverse=True)


def _listed(request: AccessRequest, own: list[Row]) -> Listed:
    status = request.get_status_display()
    if request.status == RequestStatus.WITHDRAWN and request.is_taken_over:
        status = str(State.TAKEN_OVER.label)
    if request.status == RequestStatus.OPEN:
        states = {row.state for row in own}
        status = next((words for state, words in _waits() if state in states), status)
    return Listed(request, [row.item.document.in_language("title")[0] for row in own], request.tone, status)


def _waits() -> list[tuple[State, str]]:
    # What the person can do comes before what they wait for.
    return [
        (State.ANSWER, _("Waiting for your answer")),
        (State.SIGN, _("Waiting for your signature")),
        (State.NO_AGREEMENT, _("Waiting for our agreement")),
        (State.REVIEW, _("In review")),
    ]
