"""A requester who may not sign hands the request to a colleague who may."""

from documents.models import Document
from ndaflow.agreements.needed import named, needed
from ndaflow.requests import deciders, gates, noted_risks, notices, on_opening, reply_times, targets
from ndaflow.requests.flows.blocking import turned_away
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.step import (
    asked_by,
    items_of,
    move,
    must_be_requester,
    note_rows,
    requester_of,
    step,
)
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.notices import Event
from ndaflow.requests.refusals import Refusal, Step
from trustcenter.accounts import checked, companies, own
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome


def forward(request: AccessRequest, *, by: User, email: str) -> AccessRequest:
    """Offers the request to one colleague, who may take it over. An earlier offer ends."""
    with step(request, Step.FORWARD, was=[RequestStatus.OPEN], by=by) as (change, request):
        must_be_requester(request, by)
        email = checked.address(email)
        waiting = [item for item in items_of(request) if not item.is_settled]
        missing = [one for one in needed(by, gates.required(waiting), change.at).values() if one.is_missing]
        if not missing:
            raise FlowError(Refusal.SIGNED_BEFORE)
        if not any(one.may_be_signed for one in missing):
            raise FlowError(Refusal.NO_AGREEMENT)
        if email == by.email:
            raise FlowError(Refusal.OWN_ADDRESS)
        AccessRequest.objects.filter(pk=request.pk).update(forwarded_to=email)
        documents = [item.document for item in waiting]
        told = {"request": request, "documents": documents, "agreements": named(missing)}
        change.mail("request_forwarded", to=email, context=told)
        change.record(Action.REQUEST_FORWARDED, subject=request, email=email)
    return request


def take_over(request: AccessRequest, *, by: User, name: str) -> AccessRequest:
    """Opens a request of the colleague for what still waits, and withdraws that part of the former one.

    A signature covers the person who signs, and a decision is about the person who asks. So the colleague starts with
    neither: the new request is decided on its own, and the former requester keeps only what is open to them already.
    """
    with step(request, Step.TAKE_OVER, was=[RequestStatus.OPEN], by=by) as (change, former):
        if former.forwarded_to != by.email:
            raise FlowError(Refusal.NOT_FORWARDED)
        companies.lock_domain(by.domain)
        # Two requests of one person that are opened at once must see each other.
        own.lock(by)
        waiting = former.items.filter(grant=None, outcome__in=[Outcome.PENDING, Outcome.APPROVED])
        documents = list(
            Document.objects.filter(pk__in=waiting.values("document"))
            .exclude(pk__in=asked_by(by))
            .select_related("level")
        )
        if not documents:
            raise FlowError(Refusal.REQUESTED_BEFORE)
        by.name = by.name or checked.line(name)
        by.save(update_fields=["name"])
        request = AccessRequest.objects.create(
            status=RequestStatus.OPEN,
            requester=by,
            email=by.email,
            name=by.name,
            company_name=former.company_name,
            reason=former.reason,
            country=former.country,
            days_wanted=former.days_wanted,
            opened_at=change.at,
            continues=former,
            owner=former.owner if former.owner_id != by.pk else None,
            **targets.begin(documents, change.at),
        )
        RequestedDocument.objects.bulk_create(RequestedDocument(request=request, document=one) for one in documents)
        waiting.update(outcome=Outcome.WITHDRAWN)
        opened = former.items.exclude(grant=None).exists()
        move(former, RequestStatus.GRANTED if opened else RequestStatus.WITHDRAWN, closed_at=change.at)
        companies.attach(by, request.company_name)
        noted_risks.note(request, change.at)
        note_rows(change, request)
        change.changed(Company.answering().filter(pk=by.company_id), User.answering().filter(pk=by.pk))
        tell(change, former, "request_taken_over", request=request, former=former, documents=documents)
        named = [document.named for document in documents]
        change.record(Action.REQUEST_TAKEN_OVER, subject=former, requester=requester_of(former), documents=named)
        change.record(Action.REQUEST_OPENED, subject=request, documents=named, reason=request.reason)
        if turned_away(change, request, documents):
            return request
        on_opening.opened(change, request)
        tell(change, request, "request_opened", documents=documents, replies=reply_times.of_request(request))
        told = {"documents": documents}
        notices.to_staff(change, request, "request_waiting", told, but=[by.pk], event=Event.NEW)
        deciders.look(change, request)
    return request
