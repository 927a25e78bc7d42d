"""An approver moves the end of access to a later day. A new grant replaces the old one."""

from datetime import datetime

from documents.models import AccessGrant
from ndaflow.agreements.coverage import covering
from ndaflow.requests.flows.mailing import tell
from ndaflow.requests.flows.step import items_of, must_be_other_approver, request_of, requester_of, step
from ndaflow.requests.models import RequestedDocument, RequestStatus
from ndaflow.requests.refusals import Refusal, Step
from trustcenter.accounts import checked, listed
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action


def extend(grant: AccessGrant, *, until: datetime, reason: str, by: User) -> AccessGrant:
    """Extends access to one document until `until`, which its level allows from now. The reason stays in the log.

    One person extends, so a document that needs more approvals is renewed by a request instead. What a new grant needs
    is needed here too: the agreements have to cover its holder, and nobody has blocked them.
    """
    request = request_of(grant)
    with step(request, Step.EXTEND, was=[RequestStatus.OPEN, RequestStatus.GRANTED], by=by, opens=True) as (
        change,
        request,
    ):
        must_be_other_approver(request, by)
        reason = checked.lines(reason)
        item = next((one for one in items_of(request) if one.grant_id == grant.pk), None)
        if item is None or item.grant is None:
            raise FlowError(Refusal.CHANGED)
        if not reason:
            raise FlowError(Refusal.NO_EXTEND_REASON)
        old, requester = AccessGrant.objects.get(pk=grant.pk), requester_of(request)
        _must_be_extendable(item, old, requester, until, change.at)
        change.changed(AccessGrant.objects.filter(pk=old.pk))
        AccessGrant.objects.filter(pk=old.pk).update(ended_at=change.at, end=AccessGrant.End.REPLACED)
        covers = covering(requester, item.document.required_agreements, change.at, new=True)
        item.grant = AccessGrant.objects.create(
            holder=requester,
            document=item.document,
            approvals=old.approvals,
            starts_at=change.at,
            ends_at=until,
            show_only=old.show_only,
            extends=old,
        )
        item.opened_under = {slug: covers[slug].pk for slug in item.document.required_agreements}
        item.save(update_fields=["grant", "opened_under"])
        tell(change, request, "request_extended", document=item.document, until=until)
        change.record(
            Action.REQUEST_EXTENDED,
            subject=request,
            document=item.document.named,
            requester=requester,
            until=until.isoformat(),
            reason=reason,
        )
        change.record_effect(
            Action.REQUEST_GRANTED,
            subject=request,
            requester=requester,
            documents=[item.document.named],
            changed=[item.grant],
            grants=[{"grant": item.grant.pk, "document": item.document.slug, "until": until.isoformat()}],
        )
    return item.grant


def obstacle(item: RequestedDocument, at: datetime) -> FlowError | None:
    """Why nobody can extend the access that this document has, whatever day they choose; None if somebody can."""
    grant, level = item.grant, item.document.level
    if grant is None:
        return FlowError(Refusal.NOT_OPEN, document=item.document.title)
    try:
        _must_be_extendable(item, grant, grant.holder, level.latest_end(at) if level else at, at)
    except FlowError as refusal:
        return FlowError(Refusal.AT_ITS_LONGEST) if refusal.code == Refusal.NOT_LATER else refusal
    return None


def _must_be_extendable(
    item: RequestedDocument, grant: AccessGrant, holder: User, until: datetime, at: datetime
) -> None:
    document = item.document
    level, title = document.level, document.title
    if level is None:
        raise FlowError(Refusal.LEVEL_MISSING, document=title)
    if not grant.is_open_at(at) or not document.is_gated or grant.approvals < document.approvals_needed:
        raise FlowError(Refusal.NOT_OPEN, document=title)
    if item.approvals_needed > 1:
        raise FlowError(Refusal.NEEDS_MORE_PEOPLE, document=title, needed=str(item.approvals_needed))
    if until <= grant.ends_at:
        raise FlowError(Refusal.NOT_LATER)
    if until > level.latest_end(at):
        raise FlowError(Refusal.TOO_LONG, document=title, days=str(level.longest_days))
    if set(document.required_agreements) - covering(holder, document.required_agreements, at, new=True).keys():
        raise FlowError(Refusal.UNSIGNED, document=title)
    if listed.block_of(User.objects.select_related("company").get(pk=holder.pk)) is not None:
        raise FlowError(Refusal.BLOCKED_HOLDER)
