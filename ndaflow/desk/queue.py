"""The requests of the queue, what each waits for, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.agreements import required
from ndaflow.agreements.coverage import in_force, of_each
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from trustcenter.accounts.models import User

# The first characters of an id are quoted in capitals with a hyphen; see `work.ids.short`.
REFERENCE = str.maketrans("", "", "- ")


class Filter(models.TextChoices):
    """A filter of the queue. The value is in the URL."""

    OPEN = "open", gettext_lazy("All open")
    US = "us", gettext_lazy("Waiting for us")
    SECOND = "second", gettext_lazy("Needs your second approval")
    THEM = "them", gettext_lazy("Waiting for them")
    GRANTED = "granted", gettext_lazy("Granted")
    DENIED = "denied", gettext_lazy("Denied")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")
    EXPIRED = "expired", gettext_lazy("Expired")
    REVOKED = "revoked", gettext_lazy("Revoked")

    @property
    def status(self) -> RequestStatus:
        return RequestStatus.OPEN if self in PARTS_OF_OPEN else RequestStatus(self.value)

    @property
    def is_open(self) -> bool:
        return self.status is RequestStatus.OPEN


PARTS_OF_OPEN = (Filter.US, Filter.SECOND, Filter.THEM)
WAITING = (RequestedDocument.Outcome.PENDING, RequestedDocument.Outcome.APPROVED)
MOST_COUNTED = 500


@dataclass(frozen=True)
class Wait:
    """One thing that a request waits for, as a status and inside a sentence; `tone` is "wait" where it is our turn."""

    text: str
    needed: str
    tone: str
    icon: str


def rows(chosen: Filter, words: str, *, by: User, instant: datetime) -> QuerySet[AccessRequest]:
    """Requests with what they wait for: the longest waiting open ones first, others from the newest."""
    found = _narrowed(AccessRequest.objects.filter(status=chosen.status), chosen, by)
    if words:
        named = Q(email__icontains=words) | Q(name__icontains=words) | Q(company_name__icontains=words)
        if reference := words.translate(REFERENCE).lower():
            named |= Q(pk__startswith=reference)
        found = found.filter(named)
    order = "opened_at" if chosen.is_open else "-opened_at"
    return (
        _with_waits(found, instant).order_by(order).select_related("requester__company").prefetch_related("documents")
    )


def standing(request: AccessRequest, instant: datetime) -> list[Wait]:
    """What one request waits for now; one query."""
    row = _with_waits(AccessRequest.objects.filter(pk=request.pk, status=RequestStatus.OPEN), instant).first()
    return waits(row) if row else []


def counts(by: User) -> dict[Filter, int | None]:
    """How many requests each filter shows; two queries.

    None for what open requests wait for once there are more than MOST_COUNTED: every one would have to be looked at.
    """
    by_status = AccessRequest.objects.exclude(status=RequestStatus.DRAFT).order_by().values_list("status")
    statuses = dict(by_status.annotate(n=Count("pk")))
    found: dict[Filter, int | None] = {one: statuses.get(one.value, 0) for one in Filter}
    parts: dict[Filter, int | None] = dict.fromkeys(PARTS_OF_OPEN)
    if (waiting := statuses.get(Filter.OPEN.value, 0)) <= MOST_COUNTED:
        tally = AccessRequest.objects.filter(status=RequestStatus.OPEN).aggregate(
            us=Count("pk", filter=_waits_for_us()), second=Count("pk", filter=_waits_for_second(by))
        )
        parts = {Filter.US: tally["us"], Filter.SECOND: tally["second"], Filter.THEM: waiting - tally["us"]}
    return found | parts


def waits(row: Any) -> list[Wait]:
    """What one row of `rows` waits for, our part first."""
    found = []
    if row.undecided and row.half_decided:
        found.append(Wait(_("Second approval"), _("a second approval"), "wait", "wait"))
    elif row.undecided:
        found.append(Wait(_("Our review"), _("a decision on every document"), "wait", "wait"))
    if row.asked:
        found.append(Wait(_("Their answer"), _("their answer"), "none", "question"))
    if row.unsigned:
        found.append(Wait(_("Their signature"), _("their signature"), "none", "pen"))
    return found


def waited(row: AccessRequest, instant: datetime) -> str:
    """How long an open request has waited, in its largest unit."""
    if row.opened_at is None or instant - row.opened_at < timedelta(minutes=1):
        return _("less than a minute")
    return timesince(row.opened_at, instant, depth=1)


@dataclass(frozen=True)
class Place:
    """The place of an open request in the queue, and its neighbours' ids."""

    number: int
    of: int
    previous: str | None
    next: str | None


def place(request: AccessRequest) -> Place | None:
    """The place of an open request among the open ones, the longest waiting first; four queries."""
    if request.status != RequestStatus.OPEN or request.opened_at is None:
        return None
    waiting = AccessRequest.objects.filter(status=RequestStatus.OPEN).order_by("opened_at")
    before, after = waiting.filter(opened_at__lt=request.opened_at), waiting.filter(opened_at__gt=request.opened_at)
    return Place(
        number=before.count() + 1,
        of=waiting.count(),
        previous=before.reverse().values_list("pk", flat=True).first(),
        next=after.values_list("pk", flat=True).first(),
    )


def _with_waits(found: QuerySet[AccessRequest], instant: datetime) -> QuerySet[AccessRequest]:
    """Annotates what `waits` reads. Exists and not Count: a count would group ten thousand rows to show 25."""
    return found.annotate(
        unsigned=Case(When(_waits_for_signature(instant), then=True), default=False, output_field=BooleanField()),
        asked=Exists(_asked()),
        undecided=Exists(_undecided()),
        half_decided=Exists(_undecided().filter(Exists(_decisions()))),
    )


def _narrowed(found: QuerySet[AccessRequest], chosen: Filter, by: User) -> QuerySet[AccessRequest]:
    match chosen:
        case Filter.US:
            return found.filter(_waits_for_us())
        case Filter.THEM:
            return found.exclude(_waits_for_us())
        case Filter.SECOND:
            return found.filter(_waits_for_second(by))
        case _:
            return found


def _waits_for_us() -> Q:
    """While a question is open, the next move is theirs."""
    return Q(Exists(_undecided())) & ~Q(Exists(_asked()))


def _waits_for_second(by: User) -> Q:
    half = _undecided().filter(Exists(_decisions()), ~Exists(_decisions().filter(decided_by=by)))
    return Q(Exists(half)) & ~Q(requester=by)


def _waits_for_signature(instant: datetime) -> Q:
    """Requests with a document that requires an agreement which does not cover the requester."""
    # A condition that is never true, for a site whose documents require nothing.
    missing = Q(pk=None)
    for slug, documents in required().items():
        covering = of_each(in_force(instant, new=True).filter(agreement__slug=slug), "requester__")
        waiting = RequestedDocument.objects.filter(request=OuterRef("pk"), document__in=documents, grant=None)
        missing |= Q(Exists(waiting.filter(outcome__in=WAITING)), ~Exists(covering))
    return missing


def _undecided() -> QuerySet[RequestedDocument]:
    return RequestedDocument.objects.filter(request=OuterRef("pk"), outcome=RequestedDocument.Outcome.PENDING)


def _decisions() -> QuerySet[Decision]:
    return Decision.objects.filter(item=OuterRef("pk"))


def _asked() -> QuerySet[Question]:
    return Question.objects.filter(request=OuterRef("pk"), answered_at=None)
