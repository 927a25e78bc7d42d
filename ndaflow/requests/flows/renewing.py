"""The reader renews access with one click: a request like any other, filled in from the one before."""

from documents.models import AccessGrant, Document
from ndaflow.requests import targets
from ndaflow.requests.flows.asking import announce_opened
from ndaflow.requests.flows.step import asked_by, note_rows, refusing, request_of
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Refusal, Step
from trustcenter import audit
from trustcenter.accounts import companies, own
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError


def renew(grant: AccessGrant, *, by: User) -> AccessRequest:
    """Opens a request for the document of the person's own grant. The grant stays until the new one opens.

    What was said in the former request, the name, the company and the reason, is said again.
    """
    former = request_of(grant)
    with refusing(former, Step.RENEW, by=by), audit.change(by=by) as change:
        companies.lock_domain(by.domain)
        # Two requests of one person that are opened at once must see each other.
        own.lock(by)
        if grant.holder_id != by.pk:
            raise FlowError(Refusal.NOT_REQUESTER)
        row = AccessGrant.objects.select_related("document__level").get(pk=grant.pk)
        if row.end == AccessGrant.End.REVOKED:
            raise FlowError(Refusal.NOT_RENEWABLE)
        if row.document_id in asked_by(by):
            raise FlowError(Refusal.REQUESTED_BEFORE)
        _must_be_requestable(row.document)
        documents = [row.document]
        request = AccessRequest.objects.create(
            status=RequestStatus.OPEN,
            requester=by,
            email=by.email,
            name=by.name or former.name,
            company_name=former.company_name,
            reason=former.reason,
            opened_at=change.at,
            owner=former.owner if former.owner_id != by.pk else None,
            **targets.begin(documents, change.at),
        )
        RequestedDocument.objects.create(request=request, document=row.document)
        companies.attach(by, request.company_name)
        note_rows(change, request)
        change.changed(Company.answering().filter(pk=by.company_id), User.answering().filter(pk=by.pk))
        announce_opened(change, request, documents, by=by)
    return request


def _must_be_requestable(document: Document) -> None:
    if document.level is None:
        raise FlowError(Refusal.LEVEL_MISSING, document=document.title)
    if not document.is_gated:
        raise FlowError(Refusal.NO_DOCUMENT)
    if document.current is None:
        raise FlowError(Refusal.IN_PREPARATION, document=document.title)
