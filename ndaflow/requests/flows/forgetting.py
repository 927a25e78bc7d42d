"""The end of everything a person has here, because their data are erased."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q
from django.utils.translation import gettext

from documents.models import AccessGrant
from ndaflow.agreements.papers.models import Paper
from ndaflow.requests.flows.step import move
from ndaflow.requests.following.models import Follower
from ndaflow.requests.models import AccessRequest, Question, RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Refusal
from trustcenter.accounts.forgetting import anonymous_address
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.facts import Answering

Outcome = RequestedDocument.Outcome


@dataclass(frozen=True)
class Ended:
    """What was changed: the person's own requests, requests of colleagues that named them, and grants that ended."""

    own: list[str]
    others: list[str]
    colleagues: list[str]
    grant_keys: list[str]

    @property
    def requests(self) -> list[str]:
        return [*self.own, *self.others]

    def grants(self) -> Iterable[Answering]:
        return AccessGrant.objects.filter(pk__in=self.grant_keys)


def end_and_forget(change: Change, person: User) -> Ended:
    """Ends the person's requests and access, and empties what they typed. The caller records the rows.

    It locks the requests, the person and the grants. Raises FlowError if the person opens a request meanwhile.
    """
    anonymous = anonymous_address(person)
    drafts = Q(status=RequestStatus.DRAFT, email=person.email)
    concerned = AccessRequest.objects.filter(drafts | Q(requester=person) | Q(forwarded_to=person.email))
    # A draft is locked before it goes, too: who opens it has its row and would wait for its documents.
    found = list(concerned.order_by("pk").select_for_update(no_key=True))
    AccessRequest.objects.filter(pk__in=[one.pk for one in found if one.status == RequestStatus.DRAFT]).delete()
    locked = [request for request in found if request.status != RequestStatus.DRAFT]
    own = [request for request in locked if request.requester_id == person.pk]
    others = [request for request in locked if request.requester_id != person.pk]
    _take_back_papers(change, person)
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    # Requests are locked before people, so one that was opened while this waited cannot be locked any more.
    if AccessRequest.objects.filter(requester=person).exclude(pk__in=[request.pk for request in own]).exists():
        raise FlowError(Refusal.OPENED_MEANWHILE)
    grants = AccessGrant.objects.filter(holder=person, ended_at=None)
    grants.lock()
    change.has_waited()
    keys = list(grants.values_list("pk", flat=True))
    AccessGrant.objects.filter(pk__in=keys).update(ended_at=change.at, end=AccessGrant.End.REVOKED)
    for request in own:
        _end(change, request)
    mine = AccessRequest.objects.filter(pk__in=[request.pk for request in own])
    mine.update(email=anonymous, name="", company_name="", reason="", forwarded_to="", session_hash="")
    # Pages of it that are open by now are out of date.
    concerned_keys = [request.pk for request in locked]
    AccessRequest.objects.filter(pk__in=concerned_keys).update(step=F("step") + 1)
    AccessRequest.objects.filter(pk__in=[request.pk for request in others]).update(forwarded_to="")
    Question.objects.filter(request__in=mine).update(text="", answer="")
    Question.objects.filter(request__in=mine, answered_at=None).update(answered_at=change.at)
    Follower.objects.filter(request__in=mine).delete()
    Follower.objects.filter(Q(person=person) | Q(email=person.email)).delete()
    return Ended(
        own=[request.pk for request in own],
        others=[request.pk for request in others],
        colleagues=sorted({request.requester_id for request in others if request.requester_id}),
        grant_keys=keys,
    )


def forget_texts(keys: Iterable[str]) -> None:
    """Empties what people typed in these closed requests, in the caller's transaction. Their addresses stay."""
    closed = AccessRequest.objects.filter(pk__in=list(keys))
    # The address is a fact that the log holds; who is asked for erasure loses that too.
    closed.update(name="", company_name="", reason="", session_hash="")
    Question.objects.filter(request__in=closed).update(text="", answer="")


def _take_back_papers(change: Change, person: User) -> None:
    """Withdraws the papers that they uploaded and legal has not decided: nobody waits for them any more."""
    papers = Paper.objects.filter(added_by=person, state=Paper.State.WAITING).order_by("pk")
    keys = list(papers.select_for_update(no_key=True).values_list("pk", flat=True))
    Paper.objects.filter(pk__in=keys).update(state=Paper.State.WITHDRAWN)
    change.changed(Paper.objects.filter(pk__in=keys))


def _end(change: Change, request: AccessRequest) -> None:
    if request.status not in {RequestStatus.OPEN, RequestStatus.GRANTED}:
        return
    waiting = request.items.filter(grant=None, outcome__in=[Outcome.PENDING, Outcome.APPROVED])
    waiting.update(outcome=Outcome.WITHDRAWN)
    if request.items.exclude(grant=None).exists():
        move(
            request,
            RequestStatus.REVOKED,
            closed_at=change.at,
            closing_reason=gettext("The personal data was erased."),
        )
    else:
        move(request, RequestStatus.WITHDRAWN, closed_at=change.at)


def rows_of(requests: Iterable[str]) -> list[Answering]:
    """The rows of these requests that answer to the log."""
    keys = list(requests)
    return [
        *AccessRequest.answering().filter(pk__in=keys),
        *RequestedDocument.answering().filter(request__in=keys),
    ]
