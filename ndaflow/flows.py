"""Every step of a request, and nothing else. One function is one step: the transaction's edge, the change, the log's
record and the mail stand in it in the order in which they happen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from certifications import revision
from documents.models import AccessGrant, Document
from ndaflow import gates, signing, tasks
from ndaflow.coverage import agreement_needed, covered_until, signature_covering
from ndaflow.models import (
    AccessRequest,
    Agreement,
    Decision,
    Question,
    RequestedDocument,
    RequestStatus,
    Signature,
)
from trustcenter import mail, throttle
from trustcenter.accounts import companies
from trustcenter.accounts.models import User, normalise_email
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record

DECIDE = "ndaflow.decide_accessrequest"
Outcome = RequestedDocument.Outcome
Verdict = Decision.Verdict


class FlowError(Exception):
    """A step that cannot be taken; the text is a sentence for the person who tried."""


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """An approver's word on one requested document: until when it may be read, or why not."""

    item_id: int
    verdict: Decision.Verdict
    until: datetime | None = None
    reason: str = ""


# -- Asking ------------------------------------------------------------------------------------------------------------


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
        record(Action.REQUEST_DRAFTED, actor=None, subject=request, email=request.email, documents=_titles(documents))
    return request


def open_draft(draft: AccessRequest, *, by: User, session_hash: str) -> AccessRequest:
    """Turns a draft into an open request once its mailbox is proven, in the browser that wrote it."""
    with _step(draft, was=[RequestStatus.DRAFT], by=by, deed=_("open a request")) as request:
        if not session_hash or request.session_hash != session_hash or request.email != by.email:
            raise FlowError(_("This request was written in another browser or for another address. Please ask again."))
        # Two drafts of one person that open at once must see each other.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        asked_before = RequestedDocument.objects.filter(
            request__requester=by, request__status=RequestStatus.OPEN
        ).values("document")
        request.items.filter(document__in=asked_before).delete()
        items = _items(request)
        if not items:
            raise FlowError(_("You have already asked for these documents; your request is open."))
        now = timezone.now()
        _move(request, RequestStatus.OPEN, requester=by, opened_at=now)
        if not by.name:
            by.name = request.name
            by.save(update_fields=["name"])
        companies.attach(by, request.company_name)
        titles = _titles(item.document for item in items)
        mail.send("request_opened", to=by.email, context={"request": request, "documents": titles})
        for approver in User.objects.who_may(DECIDE).exclude(pk=by.pk):
            mail.send("request_waiting", to=approver.email, context={"request": request, "documents": titles})
        record(Action.REQUEST_OPENED, actor=by, subject=request, documents=titles, reason=request.reason)
        _settle(request, now)
    return request


def withdraw(request: AccessRequest, *, by: User) -> AccessRequest:
    """Takes an open request back, by the one who asked."""
    with _step(request, was=[RequestStatus.OPEN], by=by, deed=_("withdraw a request")) as request:
        _must_be_requester(request, by)
        _move(request, RequestStatus.WITHDRAWN, closed_at=timezone.now())
        record(Action.REQUEST_WITHDRAWN, actor=by, subject=request)
    return request


def answer(request: AccessRequest, *, by: User, text: str) -> AccessRequest:
    """Answers the question that the request waits for."""
    with _step(request, was=[RequestStatus.OPEN], by=by, deed=_("answer a question")) as request:
        _must_be_requester(request, by)
        question = request.questions.filter(answered_at=None).select_related("asked_by").first()
        if question is None:
            raise FlowError(_("There is no open question; it may have been answered already."))
        if not text.strip():
            raise FlowError(_("Please write an answer."))
        now = timezone.now()
        request.questions.filter(pk=question.pk).update(answer=text.strip(), answered_at=now)
        mail.send("question_answered", to=question.asked_by.email, context={"request": request, "answer": text})
        record(Action.REQUEST_ANSWERED, actor=by, subject=request, answer=text.strip())
        _settle(request, now)
    return request


# -- Signing -----------------------------------------------------------------------------------------------------------


def sign(
    request: AccessRequest,
    *,
    by: User,
    version_number: int,
    text_sha256: str,
    assent: signing.Assent,
    circumstances: signing.Circumstances,
) -> Signature:
    """Puts the requester's signature under the agreement in force, if it still is the text that they were shown."""
    was = [RequestStatus.OPEN, RequestStatus.GRANTED]
    with _step(request, was=was, by=by, deed=_("sign")) as request:
        _must_be_requester(request, by)
        now = timezone.now()
        agreement = agreement_needed()
        version = agreement.current_version(now) if agreement else None
        if agreement is None or version is None:
            raise FlowError(_("There is no agreement to sign yet. We will write to you when there is."))
        if (version.number, version.sha256) != (version_number, text_sha256):
            raise FlowError(_("The agreement has changed since you opened it. Please read the text below again."))
        if not (assent.typed_name.strip() and assent.title.strip() and assent.entity.strip()):
            raise FlowError(_("Please type your name, your title and the legal entity you sign for."))
        if signature_covering(by, now):
            raise FlowError(_("You have already signed this agreement."))
        Signature.objects.filter(signer=by, agreement=agreement, superseded_at=None).update(superseded_at=now)
        signature = Signature(
            agreement=agreement,
            version=version,
            signer=by,
            request=request,
            typed_name=assent.typed_name,
            title=assent.title,
            entity=assent.entity,
            signed_at=now,
        )
        signature.evidence = signing.evidence(
            signature_id=signature.pk,
            request_id=request.pk,
            signer_id=by.pk,
            email=by.email,
            agreement=agreement.title,
            version=version.number,
            text_sha256=signing.digest(version.text),
            scope=signature.scope,
            assent=assent,
            circumstances=circumstances,
            signed_at=now,
        )
        signature.evidence_sha256 = signing.digest(signature.evidence)
        signature.save(force_insert=True)
        # Documents that a newer text had closed open again with the new signature.
        AccessGrant.objects.filter(holder=by, ended_at=None, requested_document__signature__agreement=agreement).update(
            covered_until=covered_until(signature)
        )
        tasks.make_signed_copy.enqueue(signature.pk)
        record(
            Action.REQUEST_SIGNED,
            actor=by,
            subject=request,
            signature=signature.pk,
            agreement=str(version),
            entity=signature.entity,
            text_sha256=version.sha256,
            evidence_sha256=signature.evidence_sha256,
        )
        if request.status == RequestStatus.OPEN:
            _settle(request, now)
        # The signature may have been the last gate of the signer's other requests too.
        others = AccessRequest.objects.filter(requester=by, status=RequestStatus.OPEN).exclude(pk=request.pk)
        for other in others.select_for_update(of=("self",)).select_related("requester"):
            _settle(other, now)
    return signature


# -- Deciding ----------------------------------------------------------------------------------------------------------


def decide(request: AccessRequest, rulings: Sequence[Ruling], *, by: User) -> AccessRequest:
    """Records an approver's word on some or all documents; the last gate to fall opens them."""
    with _step(request, was=[RequestStatus.OPEN], by=by, deed=_("decide a request")) as request:
        _must_be_other_approver(request, by)
        now = timezone.now()
        items = {item.pk: item for item in _items(request)}
        if not rulings:
            raise FlowError(_("Choose what to do with at least one document."))
        for ruling in rulings:
            item = items.get(ruling.item_id)
            if item is None:
                raise FlowError(_("This document is not part of the request."))
            _rule(item, ruling, by=by, now=now)
            record(
                Action.REQUEST_APPROVED if ruling.verdict == Verdict.APPROVE else Action.REQUEST_DENIED,
                actor=by,
                subject=request,
                document=item.document.title,
                requester=str(request.requester),
                until=_day(ruling.until),
                reason=ruling.reason.strip(),
            )
        # The public overview says how soon requests are decided.
        revision.bump()
        _settle(request, now)
    return request


def deny(request: AccessRequest, *, by: User, reason: str) -> AccessRequest:
    """Denies every document of the request that is still undecided."""
    pending = RequestedDocument.objects.filter(request_id=request.pk, outcome=Outcome.PENDING)
    pending = pending.exclude(decisions__decided_by=by)
    rulings = [Ruling(item_id=item.pk, verdict=Verdict.DENY, reason=reason) for item in pending]
    return decide(request, rulings, by=by)


def ask_question(request: AccessRequest, *, by: User, text: str) -> AccessRequest:
    """Asks the requester something; the request waits for the answer."""
    with _step(request, was=[RequestStatus.OPEN], by=by, deed=_("ask a question")) as request:
        _must_be_other_approver(request, by)
        if not text.strip():
            raise FlowError(_("Please write the question."))
        if request.questions.filter(answered_at=None).exists():
            raise FlowError(_("A question is open already; wait for its answer."))
        Question.objects.create(request=request, text=text.strip(), asked_by=by)
        mail.send("question_asked", to=_requester(request).email, context={"request": request, "question": text})
        record(Action.REQUEST_ASKED, actor=by, subject=request, requester=str(request.requester), question=text.strip())
    return request


def revoke(request: AccessRequest, *, by: User, reason: str) -> AccessRequest:
    """Closes everything the request opened, from this instant."""
    with _step(request, was=[RequestStatus.GRANTED], by=by, deed=_("revoke a request")) as request:
        _must_be_approver(by)
        if not reason.strip():
            raise FlowError(_("Please give a reason; the requester reads it."))
        now = timezone.now()
        _end_grants(request, now, AccessGrant.End.REVOKED)
        _move(request, RequestStatus.REVOKED, closed_at=now, closing_reason=reason.strip())
        mail.send("request_revoked", to=_requester(request).email, context={"request": request})
        record(
            Action.REQUEST_REVOKED,
            actor=by,
            subject=request,
            requester=str(request.requester),
            reason=reason.strip(),
        )
    return request


def expire(request: AccessRequest) -> AccessRequest:
    """Tells the story after the clock has closed the last grant; the door was shut on time without this."""
    with _step(request, was=[RequestStatus.GRANTED], by=None, deed=_("expire a request")) as request:
        now = timezone.now()
        if AccessGrant.objects.filter(requested_document__request=request, ended_at=None, ends_at__gt=now).exists():
            raise FlowError(_("Something in this request can still be read."))
        ran_out = AccessGrant.objects.filter(requested_document__request=request).exclude(end=AccessGrant.End.REPLACED)
        access_goes_on = not ran_out.exists()
        _end_grants(request, now, AccessGrant.End.EXPIRED)
        _move(request, RequestStatus.EXPIRED, closed_at=now)
        if not access_goes_on:
            # Who holds a newer grant must not read that access has run out.
            mail.send("request_expired", to=_requester(request).email, context={"request": request})
        record(Action.REQUEST_EXPIRED, actor=None, subject=request, requester=str(request.requester))
    return request


# -- What the steps share ----------------------------------------------------------------------------------------------


@contextmanager
def _step(
    request: AccessRequest, *, was: Sequence[RequestStatus], by: User | None, deed: str
) -> Iterator[AccessRequest]:
    """One transaction that begins by winning the request as the caller saw it, and yields the fresh row.

    The loser of a race gets a FlowError, and a refusal leaves its record after the step was rolled back.
    """
    try:
        try:
            with transaction.atomic(durable=True):
                # One after the other with the publishing of a new text, which closes what rests on the old one. Before
                # the request's own row, because signing goes on to the signer's other requests.
                list(Agreement.objects.select_for_update().values_list("pk"))
                won = AccessRequest.objects.filter(pk=request.pk, status__in=was, step=request.step)
                if not won.update(step=F("step") + 1):
                    raise FlowError(_lost(request, was))
                yield AccessRequest.objects.select_related("requester").get(pk=request.pk)
        except IntegrityError as broken:
            # The database kept a promise that the step's own checks did not see broken.
            raise FlowError(_("Someone else has just changed this request. Please look again.")) from broken
    except FlowError as refusal:
        # Not without end: the log is for keeps, and a person could try all day.
        if by is None or throttle.allow_key("request-refused", limit=20, seconds=3600, key=by.pk):
            with transaction.atomic():
                record(Action.REQUEST_REFUSED, actor=by, subject=request, step=deed, reason=str(refusal))
        raise


def _lost(request: AccessRequest, was: Sequence[RequestStatus]) -> str:
    status = AccessRequest.objects.filter(pk=request.pk).values_list("status", flat=True).first()
    if status is None:
        return _("This request is gone.")
    if status in was:
        return _("Someone else has just changed this request. Please look again.")
    return _("This request is %(status)s; that step is no longer possible.") % {
        "status": str(RequestStatus(status).label).lower()
    }


def _move(request: AccessRequest, status: RequestStatus, **changes: object) -> None:
    """Writes the next status; a step that the enum does not know is a mistake in this file."""
    if status not in RequestStatus(request.status).successors:
        raise ValueError(f"{request.status} does not lead to {status}")
    AccessRequest.objects.filter(pk=request.pk).update(status=status, **changes)
    request.refresh_from_db()


def _settle(request: AccessRequest, now: datetime) -> None:
    """Opens the documents in the transaction in which the last gate fell, or closes the request with nothing left."""
    items = _items(request)
    requester = _requester(request)
    if items and all(item.outcome == Outcome.DENIED for item in items):
        reasons = Decision.objects.filter(item__request=request, verdict=Verdict.DENY).values_list("reason", flat=True)
        _move(request, RequestStatus.DENIED, closed_at=now, closing_reason="\n".join(dict.fromkeys(reasons)))
        mail.send("request_denied", to=requester.email, context={"request": request})
        return
    standing = gates.read(request, items, now)
    if standing.up or standing.signature is None:
        return
    granted = [item for item in items if item.outcome == Outcome.APPROVED and _until(item) > now]
    if not granted:
        reason = _("The approval ended before the last step was done. Please ask again.")
        _move(request, RequestStatus.DENIED, closed_at=now, closing_reason=reason)
        mail.send("request_denied", to=requester.email, context={"request": request})
        titles = _titles([item.document for item in items])
        record(
            Action.REQUEST_DENIED,
            actor=None,
            subject=request,
            document=titles,
            requester=str(requester),
            reason=reason,
        )
        return
    for item in granted:
        _grant(item, requester, standing.signature, now)
    _move(request, RequestStatus.GRANTED, closed_at=now)
    mail.send(
        "request_granted",
        to=requester.email,
        context={"request": request, "granted": granted, "denied": [i for i in items if i not in granted]},
    )
    titles = _titles(item.document for item in granted)
    record(Action.REQUEST_GRANTED, actor=None, subject=request, requester=str(requester), documents=titles)


def _grant(item: RequestedDocument, holder: User, signature: Signature, now: datetime) -> None:
    """Creates the grant; an older live one on the same document makes way, so that there is one to revoke."""
    older = AccessGrant.objects.filter(holder=holder, document=item.document, ended_at=None)
    older.update(ended_at=now, end=AccessGrant.End.REPLACED)
    item.grant = AccessGrant.objects.create(
        holder=holder,
        document=item.document,
        approvals=sum(decision.verdict == Verdict.APPROVE for decision in item.decisions.all()),
        starts_at=now,
        ends_at=_until(item),
        covered_until=covered_until(signature),
    )
    item.signature = signature
    item.save(update_fields=["grant", "signature"])


def _until(item: RequestedDocument) -> datetime:
    """The earliest end that an approver set: of two people the stricter one wins."""
    return min(d.until for d in item.decisions.all() if d.verdict == Verdict.APPROVE and d.until)


def _rule(item: RequestedDocument, ruling: Ruling, *, by: User, now: datetime) -> None:
    title = item.document.title
    if item.outcome != Outcome.PENDING:
        raise FlowError(_("%(title)s has been decided already.") % {"title": title})
    said = list(item.decisions.all())
    if any(decision.decided_by_id == by.pk for decision in said):
        raise FlowError(_("You have decided on %(title)s; it needs a second person.") % {"title": title})
    if ruling.verdict == Verdict.DENY and not ruling.reason.strip():
        raise FlowError(_("Please give a reason for denying %(title)s; the requester reads it.") % {"title": title})
    if ruling.verdict == Verdict.APPROVE and (ruling.until is None or ruling.until <= now):
        raise FlowError(_("Please choose an end date in the future for %(title)s.") % {"title": title})
    Decision.objects.create(
        item=item,
        position=len(said) + 1,
        verdict=ruling.verdict,
        until=ruling.until if ruling.verdict == Verdict.APPROVE else None,
        reason=ruling.reason.strip(),
        decided_by=by,
        decided_at=now,
    )
    if ruling.verdict == Verdict.DENY:
        outcome = Outcome.DENIED
    elif len(said) + 1 >= item.document.approvals_needed:
        outcome = Outcome.APPROVED
    else:
        return
    RequestedDocument.objects.filter(pk=item.pk).update(outcome=outcome)


def _end_grants(request: AccessRequest, now: datetime, end: AccessGrant.End) -> None:
    AccessGrant.objects.filter(requested_document__request=request, ended_at=None).update(ended_at=now, end=end)


def _items(request: AccessRequest) -> list[RequestedDocument]:
    return list(request.items.select_related("document").prefetch_related("decisions"))


def _requester(request: AccessRequest) -> User:
    if request.requester is None:
        raise ValueError(f"request {request.pk} has no requester")
    return request.requester


def _must_be_requester(request: AccessRequest, by: User) -> None:
    if request.requester_id != by.pk:
        raise FlowError(_("Only the person who asked can do this."))


def _must_be_approver(by: User) -> None:
    if not by.has_perm(DECIDE):
        raise FlowError(_("You may not decide requests."))


def _must_be_other_approver(request: AccessRequest, by: User) -> None:
    _must_be_approver(by)
    if request.requester_id == by.pk:
        raise FlowError(_("You cannot decide your own request."))


def _titles(documents: "Iterator[Document] | Sequence[Document]") -> str:
    return get_text_list([document.title for document in documents], _("and"))


def _day(instant: datetime | None) -> str:
    return date_format(instant, "j F Y") if instant else ""
