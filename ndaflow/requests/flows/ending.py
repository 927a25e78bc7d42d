"""How what was granted ends: an approver revokes it, or the clock has closed it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from documents.models import AccessGrant
from ndaflow.requests.flows.step import FlowError, move, must_be_approver, requester_of, step
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.work import mail


def revoke(request: AccessRequest, *, by: User, reason: str) -> AccessRequest:
    """Closes everything the request opened, from this instant."""
    with step(request, was=[RequestStatus.GRANTED], by=by, deed=_("revoke a request")) as request:
        must_be_approver(by)
        if not reason.strip():
            raise FlowError(_("Please give a reason; the requester reads it."))
        now = timezone.now()
        _end_grants(request, now, AccessGrant.End.REVOKED)
        move(request, RequestStatus.REVOKED, closed_at=now, closing_reason=reason.strip())
        mail.send("request_revoked", to=requester_of(request).email, context={"request": request})
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
    with step(request, was=[RequestStatus.GRANTED], by=None, deed=_("expire a request")) as request:
        now = timezone.now()
        if AccessGrant.objects.filter(requested_document__request=request, ended_at=None, ends_at__gt=now).exists():
            raise FlowError(_("Something in this request can still be read."))
        ran_out = AccessGrant.objects.filter(requested_document__request=request).exclude(end=AccessGrant.End.REPLACED)
        access_goes_on = not ran_out.exists()
        _end_grants(request, now, AccessGrant.End.EXPIRED)
        move(request, RequestStatus.EXPIRED, closed_at=now)
        if not access_goes_on:
            # Who holds a newer grant must not read that access has run out.
            mail.send("request_expired", to=requester_of(request).email, context={"request": request})
        record(Action.REQUEST_EXPIRED, actor=None, subject=request, requester=str(request.requester))
    return request


def _end_grants(request: AccessRequest, now: datetime, end: AccessGrant.End) -> None:
    AccessGrant.objects.filter(requested_document__request=request, ended_at=None).update(ended_at=now, end=end)
