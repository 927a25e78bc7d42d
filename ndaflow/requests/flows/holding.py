"""The locks of every step that may open documents, once it has locked its requests."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from documents import levels
from documents.models import AccessGrant
from ndaflow.agreements import coverage_changes
from ndaflow.requests.models import AccessRequest, RequestedDocument
from trustcenter.audit import Change


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
