"""The locks of every step that may open documents, once it has locked its requests."""

from collections.abc import Collection
from typing import Any

from django.db import OperationalError
from django.db.models import QuerySet

from documents import levels
from documents.models import AccessGrant
from ndaflow.agreements import coverage_changes
from ndaflow.requests.models import AccessRequest, RequestedDocument
from ndaflow.requests.refusals import Refusal
from trustcenter.audit import Change, FlowError

# https://www.postgresql.org/docs/current/errcodes-appendix.html
LOCK_NOT_AVAILABLE = "55P03"


def join(requests: QuerySet[AccessRequest]) -> list[str]:
    """Locks those of these requests that were not among them when the step locked them, and returns the keys of all.

    It does not wait, because they are out of order: two steps that waited for each other's would never end. Raises
    FlowError if somebody else has one of them locked.
    """
    try:
        return list(requests.select_for_update(no_key=True, nowait=True).values_list("pk", flat=True))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        raise FlowError(Refusal.CHANGED) from error


def hold(
    change: Change, requests: QuerySet[AccessRequest], holders: QuerySet[Any] | list[Any], slugs: Collection[str] = ()
) -> None:
    """Locks the levels and the agreements that the documents of these requests require, shared, and the holders' open grants.

    `slugs` names agreements that the step depends on besides. Reads the clock again: what was published meanwhile is earlier.
    """
    levels.share()
    coverage_changes.share(RequestedDocument.objects.filter(request__in=requests).values("document"), slugs)
    AccessGrant.objects.filter(holder__in=holders, ended_at=None).lock()
    change.has_waited()
