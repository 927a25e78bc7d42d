"""The requester's steps: request documents, confirm the address, answer a question, withdraw."""

from collections.abc import Sequence

from documents.models import Document
from ndaflow.requests import countries, deciders, noted_risks, notices, on_opening, reply_times, targets
from ndaflow.requests.flows.blocking import turned_away
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.opening import settle
from ndaflow.requests.flows.step import asked_by, items_of, move, must_be_requester, step
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.notices import Event
from ndaflow.requests.refusals import Refusal, Step
from ndaflow.requests.sharing import flows as links
from trustcenter import audit
from trustcenter.accounts import checked, companies, own
from trustcenter.accounts.models import Company, User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome


def draft(
    documents: Sequence[Document],
    *,
    email: str,
    name: str,
    company_name: str,
    reason: str,
    session_hash: str,
    country: str = "",
    days_wanted: int | None = None,
    share_code: str = "",
) -> AccessRequest:
    """Stores what a visitor typed until they confirm their address, and the share link from which they came."""
    if not documents or any(not document.is_gated for document in documents):
        raise FlowError(Refusal.NO_DOCUMENT)
    for document in documents:
        if document.level is None:
            raise FlowError(Refusal.LEVEL_MISSING, document=document.title)
        if document.current is None:
            raise FlowError(Refusal.IN_PREPARATION, document=document.title)
    email, reason = checked.address(email), checked.lines(reason)
    name, company_name = checked.line(name), checked.line(company_name)
    with audit.change(by=None) as change:
        request = AccessRequest.objects.create(
            email=email,
            name=name,
            company_name=company_name,
            reason=reason,
            country=country if country in countries.NAMES else "",
            days_wanted=days_wanted,
            session_hash=session_hash,
            share_link=links.active(share_code),
        )
        RequestedDocument.objects.bulk_create(
            RequestedDocument(request=request, document=document) for document in documents
        )
        change.record(
            Action.REQUEST_DRAFTED,
            subject=request,
            email=request.email,
            documents=[document.named for document in documents],
        )
    return request


def open_draft(draft: AccessRequest, *, by: User, session_hash: str) -> AccessRequest:
    """Opens a draft in the browser that wrote it, after its address is confirmed."""
    with step(draft, Step.OPEN, was=[RequestStatus.DRAFT], by=by) as (change, request):
        if not session_hash or request.session_hash != session_hash or request.email != by.email:
            raise FlowError(Refusal.OTHER_BROWSER)
        companies.lock_domain(by.domain)
        # Two drafts of one person that are opened at once must see each other.
        own.lock(by)
        request.items.filter(document__in=asked_by(by)).delete()
        items = items_of(request)
        if not items:
            raise FlowError(Refusal.REQUESTED_BEFORE)
        documents = [item.document for item in items]
        move(request, RequestStatus.OPEN, requester=by, opened_at=change.at, **targets.begin(documents, change.at))
        if not by.name:
            by.name = request.name
            by.save(update_fields=["name"])
        companies.attach(by, request.company_name)
        change.changed(Company.answering().filter(pk=by.company_id), User.answering().filter(pk=by.pk))
        announce_opened(change, request, documents, by=by)
    return request


def announce_opened(change: Change, request: AccessRequest, documents: Sequence[Document], *, by: User) -> None:
    """Records that the request has opened and tells everyone whom it concerns, or denies it if its requester is blocked."""
    change.record(
        Action.REQUEST_OPENED,
        subject=request,
        documents=[document.named for document in documents],
        reason=request.reason,
    )
    if turned_away(change, request, documents):
        return
    on_opening.opened(change, request)
    tell(change, request, "request_opened", documents=documents, replies=reply_times.of_request(request))
    noted_risks.note(request, change.at)
    told = {"documents": documents}
    notices.to_staff(change, request, "request_waiting", told, but=[by.pk], event=Event.NEW)
    deciders.look(change, request)


def answer(request: AccessRequest, *, by: User, text: str) -> AccessRequest:
    """Answers the question that the request waits for."""
    with step(request, Step.ANSWER, was=[RequestStatus.OPEN], by=by, opens=True) as (change, request):
        must_be_requester(request, by)
        question = request.questions.filter(answered_at=None).select_related("asked_by").first()
        if question is None:
            raise FlowError(Refusal.NO_QUESTION)
        text = checked.lines(text)
        if not text:
            raise FlowError(Refusal.NO_ANSWER)
        request.questions.filter(pk=question.pk).update(answer=text, answered_at=change.at)
        notices.to_staff(
            change, request, "question_answered", {"answer": text}, but=[by.pk], otherwise=question.asked_by
        )
        change.record(Action.REQUEST_ANSWERED, subject=request, answer=text)
        settle(change, request)
        deciders.look(change, request)
    return request


def withdraw(request: AccessRequest, *, by: User) -> AccessRequest:
    """Withdraws the undecided part of a request. Documents that are open to the requester stay open."""
    with step(request, Step.WITHDRAW, was=[RequestStatus.OPEN], by=by) as (change, request):
        must_be_requester(request, by)
        request.items.filter(grant=None, outcome__in=[Outcome.PENDING, Outcome.APPROVED]).update(
            outcome=Outcome.WITHDRAWN
        )
        opened = request.items.exclude(grant=None).exists()
        move(request, RequestStatus.GRANTED if opened else RequestStatus.WITHDRAWN, closed_at=change.at)
        change.record(Action.REQUEST_WITHDRAWN, subject=request)
    return request
