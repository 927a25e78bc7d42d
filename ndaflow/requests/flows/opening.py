"""The effects of a step: a document opens when its last gate has passed, and the request closes when all are settled."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from documents.models import AccessGrant
from ndaflow.agreements.models import Coverage
from ndaflow.requests import gates, on_opening
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.reviewing import put_back
from ndaflow.requests.flows.step import items_of, move, requester_of
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit import Change
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome
Verdict = Decision.Verdict


def settle(change: Change, request: AccessRequest) -> None:
    """Opens every document whose gates have all passed, and closes the request when no document waits any more."""
    items, requester = items_of(request), requester_of(request)
    # Its level may have become stricter since it was approved.
    put_back(change, request, items)
    standing = gates.read(request, items, change.at)
    ready = [item for item in items if item.is_approved and not item.grant and not standing.of(item)]
    opening = [item for item in ready if _until(item, change.at) > change.at]
    lapsed = [item for item in ready if item not in opening]
    if opening:
        _open(change, request, opening, requester, standing.coverage)
    if lapsed:
        for item in lapsed:
            item.outcome, item.refused_at = Outcome.LAPSED, change.at
            item.save(update_fields=["outcome", "refused_at"])
        change.record_effect(
            Action.REQUEST_LAPSED,
            subject=request,
            documents=[item.document.named for item in lapsed],
            requester=requester,
        )
    _tell(change, request, items, opening)
    if items and all(item.is_settled for item in items):
        _close(change, request, items)


def _open(
    change: Change,
    request: AccessRequest,
    opening: Sequence[RequestedDocument],
    requester: User,
    coverage: Mapping[str, Coverage],
) -> None:
    grants = [_grant(change, item, requester, coverage) for item in opening]
    change.record_effect(
        Action.REQUEST_GRANTED,
        subject=request,
        requester=requester,
        documents=[item.document.named for item in opening],
        changed=grants,
        grants=[
            {"grant": grant.pk, "document": item.document.slug, "until": grant.ends_at.isoformat()}
            for item, grant in zip(opening, grants, strict=True)
        ],
    )
    on_opening.granted(change, request, [item.document for item in opening])


def _grant(change: Change, item: RequestedDocument, holder: User, coverage: Mapping[str, Coverage]) -> AccessGrant:
    """Creates the grant, and ends an older active one for the same document, so that only one has to be revoked."""
    older = AccessGrant.objects.filter(holder=holder, document=item.document, ended_at=None)
    change.changed(AccessGrant.objects.filter(pk__in=list(older.values_list("pk", flat=True))))
    older.update(ended_at=change.at, end=AccessGrant.End.REPLACED)
    item.grant = AccessGrant.objects.create(
        holder=holder,
        document=item.document,
        approvals=item.approvals_given,
        starts_at=change.at,
        ends_at=_until(item, change.at),
        show_only=item.show_only,
    )
    # KeyError for an agreement that covers nobody: then nothing may open.
    item.opened_under = {slug: coverage[slug].pk for slug in item.document.required_agreements}
    item.save(update_fields=["grant", "opened_under"])
    return item.grant


def _tell(
    change: Change,
    request: AccessRequest,
    items: Sequence[RequestedDocument],
    opening: Sequence[RequestedDocument],
) -> None:
    """Mails the results: documents that opened, and documents denied while others still wait."""
    refused = [item for item in items if item.is_refused and item.refused_at == change.at]
    waiting = [item for item in items if not item.is_settled]
    if opening:
        tell(change, request, "request_granted", denied=refused, waiting=waiting, granted=opening)
    elif refused and not all(item.is_refused for item in items):
        tell(change, request, "documents_denied", denied=refused, waiting=waiting)


def _close(change: Change, request: AccessRequest, items: Sequence[RequestedDocument]) -> None:
    if any(item.grant for item in items):
        move(request, RequestStatus.GRANTED, closed_at=change.at)
        return
    reasons = dict.fromkeys(item.why_refused for item in items)
    move(request, RequestStatus.DENIED, closed_at=change.at, closing_reason="\n".join(reasons))
    tell(change, request, "request_denied")


def _until(item: RequestedDocument, at: datetime) -> datetime:
    """The earliest end that was decided, or the last one that the level allows now."""
    ends = [d.until for d in item.decisions.all() if d.verdict == Verdict.APPROVE and d.until]
    level = item.document.level
    return min([*ends, level.latest_end(at)] if level else ends)
