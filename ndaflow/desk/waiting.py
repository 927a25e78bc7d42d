"""What open requests wait for: our decision, legal, or the requester's answer or signature."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from documents.agreements import required
from ndaflow.agreements.coverage import in_force, is_reached
from ndaflow.agreements.papers.models import Paper
from ndaflow.requests import gates
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus

WAITING = (RequestedDocument.Outcome.PENDING, RequestedDocument.Outcome.APPROVED)


@dataclass(frozen=True)
class Wait:
    """One thing that a request waits for, as a status and inside a sentence; `tone` is "wait" where it is our turn."""

    text: str
    needed: str
    tone: str
    icon: str


def with_waits(found: QuerySet[AccessRequest], instant: datetime) -> QuerySet[AccessRequest]:
    """Adds what `waits` reads."""
    return with_papers(found).annotate(
        unsigned=Case(When(_waits_for_signature(instant), then=True), default=False, output_field=BooleanField()),
        asked=Exists(_asked()),
        undecided=Exists(_undecided()),
        half_decided=Exists(_undecided().filter(Exists(_decisions()))),
    )


def with_papers(found: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Adds `with_legal`: whether legal has a paper of the request to check."""
    return found.annotate(with_legal=Exists(_papers().filter(request=OuterRef("pk"))))


def standing(request: Any, covered: Collection[str]) -> list[Wait]:
    """What one open request of `with_papers` waits for, from its documents and questions, which are loaded already."""
    waiting = [item for item in request.items.all() if item.outcome in WAITING and item.grant is None]
    undecided = [item for item in request.items.all() if item.outcome == RequestedDocument.Outcome.PENDING]
    request.unsigned = any(gates.missing(item, covered) for item in waiting)
    request.asked = any(question.answered_at is None for question in request.questions.all())
    request.undecided = bool(undecided)
    request.half_decided = any(item.decisions.all() for item in undecided)
    return waits(request)


def waits(row: Any) -> list[Wait]:
    """What one open row of `shown` waits for, our part first."""
    found = []
    if row.undecided and row.half_decided:
        found.append(Wait(_("Second approval"), _("a second approval"), "wait", "wait"))
    elif row.undecided:
        found.append(Wait(_("Our review"), _("a decision on every document"), "wait", "wait"))
    if row.asked:
        found.append(Wait(_("Their answer"), _("their answer"), "none", "question"))
    if row.with_legal:
        found.append(Wait(_("Legal"), _("legal, to check a paper"), "none", "question"))
    if row.unsigned:
        found.append(Wait(_("Their signature"), _("their signature"), "none", "pen"))
    return found


def waited(row: AccessRequest, instant: datetime) -> str:
    """How long an open request has waited, in its largest unit."""
    if row.opened_at is None or instant - row.opened_at < timedelta(minutes=1):
        return _("less than a minute")
    return timesince(row.opened_at, instant, depth=1)


@dataclass(frozen=True)
class Waiting:
    """How many open requests wait for what, each counted once."""

    review: int
    second: int
    answer: int
    legal: int
    signature: int


def everything() -> Waiting:
    """What all open requests wait for; one query."""
    return of(AccessRequest.objects.filter(status=RequestStatus.OPEN).aggregate(**parts()))


def parts() -> dict[str, Count]:
    """What `of` needs to know about open requests."""
    asked = Q(pk__in=Question.objects.filter(answered_at=None).values("request"))
    return {
        "open": Count("pk"),
        "us": Count("pk", filter=Q(paused_at=None)),
        "half": Count("pk", filter=Q(paused_at=None, pk__in=_half_decided().values("request"))),
        "answer": Count("pk", filter=asked),
        # A question comes first where both wait.
        "legal": Count("pk", filter=Q(pk__in=_papers().values("request")) & ~asked),
    }


def of(found: dict[str, int]) -> Waiting:
    """From the counts of `parts`."""
    return Waiting(
        review=found["us"] - found["half"],
        second=found["half"],
        answer=found["answer"],
        legal=found["legal"],
        signature=found["open"] - found["us"] - found["answer"] - found["legal"],
    )


def _half_decided() -> QuerySet[RequestedDocument]:
    """Undecided documents that have a decision. The database looks them up once, and not once for each request."""
    return RequestedDocument.objects.filter(Exists(_decisions()), outcome=RequestedDocument.Outcome.PENDING)


def _papers() -> QuerySet[Paper]:
    """The papers of requests that legal has to check."""
    return Paper.objects.filter(state=Paper.State.WAITING, request__isnull=False)


def _waits_for_signature(instant: datetime) -> Q:
    """Requests with a document that requires an agreement which does not cover the requester."""
    # A condition that is never true, for a site whose documents require nothing.
    missing = Q(pk=None)
    for slug, documents in required().items():
        covering = is_reached(in_force(instant, new=True).filter(agreement__slug=slug), "requester__")
        waiting = RequestedDocument.objects.filter(request=OuterRef("pk"), document__in=documents, grant=None)
        missing |= Q(Exists(waiting.filter(outcome__in=WAITING)), ~covering)
    return missing


def _undecided() -> QuerySet[RequestedDocument]:
    return RequestedDocument.objects.filter(request=OuterRef("pk"), outcome=RequestedDocument.Outcome.PENDING)


def _decisions() -> QuerySet[Decision]:
    return Decision.objects.filter(item=OuterRef("pk"))


def _asked() -> QuerySet[Question]:
    return Question.objects.filter(request=OuterRef("pk"), answered_at=None)
