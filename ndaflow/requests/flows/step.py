"""What every step is made of: its transaction, its refusal, the next status, and who may take it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from documents.models import AccessGrant, Document
from ndaflow.agreements.models import Agreement
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.web import throttle

DECIDE = "ndaflow.decide_accessrequest"


class FlowError(Exception):
    """A step that cannot be taken; the text is a sentence for the person who tried."""


@contextmanager
def step(
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
                row = AccessRequest.objects.select_related("requester").get(pk=request.pk)
                # Before the first record: a download holds its grant and waits for the log, and a step that makes an
                # older grant give way would hold the log and wait for the grant.
                mine = AccessGrant.objects.filter(holder=row.requester_id, ended_at=None)
                list(mine.select_for_update(no_key=True).values_list("pk"))
                yield row
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


def move(request: AccessRequest, status: RequestStatus, **changes: object) -> None:
    """Writes the next status; a step that the enum does not know is a mistake in the flows."""
    if status not in RequestStatus(request.status).successors:
        raise ValueError(f"{request.status} does not lead to {status}")
    AccessRequest.objects.filter(pk=request.pk).update(status=status, **changes)
    request.refresh_from_db()


def must_be_requester(request: AccessRequest, by: User) -> None:
    if request.requester_id != by.pk:
        raise FlowError(_("Only the person who asked can do this."))


def must_be_approver(by: User) -> None:
    if not by.has_perm(DECIDE):
        raise FlowError(_("You may not decide requests."))


def requester_of(request: AccessRequest) -> User:
    if request.requester is None:
        raise ValueError(f"request {request.pk} has no requester")
    return request.requester


def items_of(request: AccessRequest) -> list[RequestedDocument]:
    return list(request.items.select_related("document").prefetch_related("decisions"))


def titles_of(documents: Iterable[Document]) -> str:
    return get_text_list([document.title for document in documents], _("and"))


def day(instant: datetime | None) -> str:
    return date_format(instant, "j F Y") if instant else ""
