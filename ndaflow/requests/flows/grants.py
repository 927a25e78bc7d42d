"""What follows from a step: the documents open in the transaction in which the last gate fell."""

from datetime import datetime

from django.utils.translation import gettext as _

from documents.models import AccessGrant
from ndaflow.agreements.coverage import covered_until
from ndaflow.agreements.models import Signature
from ndaflow.requests import gates
from ndaflow.requests.flows.step import items_of, move, requester_of, titles_of
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.work import mail

Outcome = RequestedDocument.Outcome
Verdict = Decision.Verdict


def settle(request: AccessRequest, now: datetime) -> None:
    """Opens the documents in the transaction in which the last gate fell, or closes the request with nothing left."""
    items = items_of(request)
    requester = requester_of(request)
    if items and all(item.outcome == Outcome.DENIED for item in items):
        reasons = Decision.objects.filter(item__request=request, verdict=Verdict.DENY).values_list("reason", flat=True)
        move(request, RequestStatus.DENIED, closed_at=now, closing_reason="\n".join(dict.fromkeys(reasons)))
        mail.send("request_denied", to=requester.email, context={"request": request})
        return
    standing = gates.read(request, items, now)
    if standing.up or standing.signature is None:
        return
    granted = [item for item in items if item.outcome == Outcome.APPROVED and _until(item) > now]
    if not granted:
        reason = _("The approval ended before the last step was done. Please ask again.")
        move(request, RequestStatus.DENIED, closed_at=now, closing_reason=reason)
        mail.send("request_denied", to=requester.email, context={"request": request})
        titles = titles_of([item.document for item in items])
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
    move(request, RequestStatus.GRANTED, closed_at=now)
    mail.send(
        "request_granted",
        to=requester.email,
        context={"request": request, "granted": granted, "denied": [i for i in items if i not in granted]},
    )
    titles = titles_of(item.document for item in granted)
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
