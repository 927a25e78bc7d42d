"""The requester's steps: ask, prove the mailbox, answer, withdraw."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.models import Document
from ndaflow.requests.flows.grants import settle
from ndaflow.requests.flows.step import DECIDE, FlowError, items_of, move, must_be_requester, step, titles_of
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from trustcenter.accounts import companies
from trustcenter.accounts.models import User, normalise_email
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.work import mail


def draft(
    documents: Sequence[Document], *, email: str, name: str, company_name: str, reason: str, session_hash: str
) -> AccessRequest:
    """Keeps what an unproven visitor typed, until their browser proves the mailbox."""
    if not documents or any(not document.is_gated for document in documents):
        raise FlowError(_("Choose at least one of the documents that need a request."))
    with transaction.atomic(durable=True):
        request = AccessRequest.objects.create(
            email=normalise_email(email),
            name=name.strip(),
            company_name=company_name.strip(),
            reason=reason.strip(),
            session_hash=session_hash,
        )
        RequestedDocument.objects.bulk_create(
            RequestedDocument(request=request, document=document) for document in documents
        )
        record(Action.REQUEST_DRAFTED, actor=None, subject=request, email=request.email, documents=titles_of(documents))
    return request


def open_draft(draft: AccessRequest, *, by: User, session_hash: str) -> AccessRequest:
    """Turns a draft into an open request once its mailbox is proven, in the browser that wrote it."""
    with step(draft, was=[RequestStatus.DRAFT], by=by, deed=_("open a request")) as request:
        if not session_hash or request.session_hash != session_hash or request.email != by.email:
            raise FlowError(_("This request was written in another browser or for another address. Please ask again."))
        # Two drafts of one person that open at once must see each other.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        asked_before = RequestedDocument.objects.filter(
            request__requester=by, request__status=RequestStatus.OPEN
        ).values("document")
        request.items.filter(document__in=asked_before).delete()
        items = items_of(request)
        if not items:
            raise FlowError(_("You have already asked for these documents; your request is open."))
        now = timezone.now()
        move(request, RequestStatus.OPEN, requester=by, opened_at=now)
        if not by.name:
            by.name = request.name
            by.save(update_fields=["name"])
        companies.attach(by, request.company_name)
        titles = titles_of(item.document for item in items)
        mail.send("request_opened", to=by.email, context={"request": request, "documents": titles})
        for approver in User.objects.who_may(DECIDE).exclude(pk=by.pk):
            mail.send("request_waiting", to=approver.email, context={"request": request, "documents": titles})
        record(Action.REQUEST_OPENED, actor=by, subject=request, documents=titles, reason=request.reason)
        settle(request, now)
    return request


def answer(request: AccessRequest, *, by: User, text: str) -> AccessRequest:
    """Answers the question that the request waits for."""
    with step(request, was=[RequestStatus.OPEN], by=by, deed=_("answer a question")) as request:
        must_be_requester(request, by)
        question = request.questions.filter(answered_at=None).select_related("asked_by").first()
        if question is None:
            raise FlowError(_("There is no open question; it may have been answered already."))
        if not text.strip():
            raise FlowError(_("Please write an answer."))
        now = timezone.now()
        request.questions.filter(pk=question.pk).update(answer=text.strip(), answered_at=now)
        mail.send("question_answered", to=question.asked_by.email, context={"request": request, "answer": text})
        record(Action.REQUEST_ANSWERED, actor=by, subject=request, answer=text.strip())
        settle(request, now)
    return request


def withdraw(request: AccessRequest, *, by: User) -> AccessRequest:
    """Takes an open request back, by the one who asked."""
    with step(request, was=[RequestStatus.OPEN], by=by, deed=_("withdraw a request")) as request:
        must_be_requester(request, by)
        move(request, RequestStatus.WITHDRAWN, closed_at=timezone.now())
        record(Action.REQUEST_WITHDRAWN, actor=by, subject=request)
    return request
