"""An approver ends access: to one document, of one person, or of everyone at a company, with one reason."""

from django.db.models import F, QuerySet

from documents.models import AccessGrant
from ndaflow.requests import targets
from ndaflow.requests.copies import asking as copies
from ndaflow.requests.flows import holding
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.step import move, must_be_approver, note_rows, refusing, request_of, requester_of, step
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Refusal, Step
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import Company, User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome
LIVE = (RequestStatus.OPEN, RequestStatus.GRANTED)
UNDECIDED = (Outcome.PENDING, Outcome.APPROVED)


def revoke_grant(grant: AccessGrant, *, by: User, reason: str, destroy: bool = False) -> AccessRequest:
    """Ends access to one document. With `destroy`, the reader is asked to destroy the copies of it that left.

    The request stays as it is while another of its documents is open or waits.
    """
    request = request_of(grant)
    with step(request, Step.REVOKE, was=LIVE, by=by) as (change, request):
        must_be_approver(by)
        reason = _reason(reason)
        live = AccessGrant.objects.filter(pk=grant.pk, ended_at=None)
        live.lock()
        row = live.select_related("document", "holder").first()
        if row is None:
            raise FlowError(Refusal.MOVED_ON)
        _end(change, live)
        if request.status == RequestStatus.GRANTED and not _open_grants(request).exists():
            move(request, RequestStatus.REVOKED, closed_at=change.at, closing_reason=reason)
        change.record(
            Action.GRANT_REVOKED,
            subject=request,
            document=row.document.named,
            requester=row.holder,
            reason=reason,
        )
        asked = copies.ask(change, row.holder, reason=reason, by=by, documents=[row.document_id]) if destroy else None
        tell(change, request, "document_revoked", document=row.document, reason=reason, asked=asked)
    return request


def revoke_person(person: User, *, by: User, reason: str, destroy: bool = False) -> None:
    """Ends all access of a person and denies what they wait for, with one reason that they read."""
    _revoke_people(User.objects.filter(pk=person.pk), by=by, reason=reason, destroy=destroy)


def revoke_company(company: Company, *, by: User, reason: str, destroy: bool = False) -> int:
    """Ends all access of everyone at a company, in one change. Returns how many people it concerned."""
    people = User.objects.filter(company=company)
    return _revoke_people(people, by=by, reason=reason, destroy=destroy, company=company)


def _revoke_people(
    people: QuerySet[User], *, by: User, reason: str, destroy: bool, company: Company | None = None
) -> int:
    with refusing(company or people.get(), Step.REVOKE, by=by), audit.change(by=by) as change:
        must_be_approver(by)
        reason = _reason(reason)
        # A step that may open a document of these people locks its request too.
        rows = AccessRequest.objects.filter(requester__in=people, status__in=LIVE).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))
        # Who opens a request locks their own row: after this nobody does, and what was opened before is among these.
        keys = list(people.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        locked = holding.join(rows.filter(requester__in=keys))
        requests = list(rows.filter(pk__in=locked).select_related("requester", "owner"))
        live = AccessGrant.objects.filter(holder__in=keys, ended_at=None)
        live.lock()
        change.has_waited()
        held = list(live.select_related("document", "holder").order_by("document__position", "pk"))
        concerned = {one.holder for one in held} | {requester_of(one) for one in requests}
        if not concerned:
            raise FlowError(Refusal.NOTHING_TO_END)
        _end(change, live)
        undecided = RequestedDocument.objects.filter(request__in=requests, grant=None, outcome__in=UNDECIDED)
        waiting = set(undecided.values_list("request__requester", flat=True))
        for request in requests:
            _close(change, request, reason)
        for person in sorted(concerned, key=lambda one: one.pk):
            documents = [one.document for one in held if one.holder_id == person.pk]
            change.record(
                Action.PERSON_REVOKED,
                subject=person,
                person=person,
                reason=reason,
                documents=[document.named for document in documents],
                company=company.pk if company else "",
            )
            asked = copies.ask(change, person, reason=reason, by=by) if destroy else None
            told = {"person": person, "documents": documents, "reason": reason, "asked": asked}
            told["denied"] = person.pk in waiting
            change.mail("access_revoked", to=person.email, context=told)
    return len(concerned)


def _close(change: Change, request: AccessRequest, reason: str) -> None:
    """Denies what waits in a locked request, and closes it."""
    note_rows(change, request)
    AccessRequest.objects.filter(pk=request.pk).update(step=F("step") + 1)
    request.items.filter(grant=None, outcome__in=UNDECIDED).update(outcome=Outcome.DENIED, refused_at=change.at)
    opened = request.items.exclude(grant=None).exists()
    status = RequestStatus.REVOKED if opened else RequestStatus.DENIED
    move(request, status, closed_at=change.at, closing_reason=reason)
    targets.follow(request, change.at)


def _open_grants(request: AccessRequest) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.filter(requested_document__request=request, ended_at=None)


def _end(change: Change, live: QuerySet[AccessGrant]) -> None:
    change.changed(AccessGrant.objects.filter(pk__in=list(live.values_list("pk", flat=True))))
    live.update(ended_at=change.at, end=AccessGrant.End.REVOKED)


def _reason(typed: str) -> str:
    reason = checked.lines(typed)
    if not reason:
        raise FlowError(Refusal.NO_REASON)
    return reason
