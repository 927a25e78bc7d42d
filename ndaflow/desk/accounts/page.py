"""The page of an account: how far each person of a company is with each document, and what waits and for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from ndaflow.agreements.models import Signature
from ndaflow.desk.accounts import reading
from ndaflow.desk.accounts.reading import Read
from ndaflow.desk.accounts.waiting import day_of, for_them, what_waits, with_question
from ndaflow.invitations import flows
from ndaflow.invitations.models import Invitation, InvitationState
from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.rules.covered_then import CoveredThen
from trustcenter.accounts.models import Company, User
from trustcenter.web.typed import named

MOST = 50
Outcome = RequestedDocument.Outcome


@dataclass(frozen=True)
class Step:
    """One step on the way of a guest: done, begun or to come."""

    label: str
    text: str
    tone: str = "none"

    @property
    def icon(self) -> str:
        return {"good": "good", "wait": "wait"}.get(self.tone, "planned")


@dataclass(frozen=True)
class Guest:
    """One person and one document: how they came, how far they are, and what waits. `ends` can be withdrawn."""

    who: str
    document: str
    origin: str
    steps: Sequence[Step]
    tone: str
    waits: str
    note: str
    ends: Invitation | None = None
    request: AccessRequest | None = None
    invitation: Invitation | None = None


def context(company: Company, reader: User) -> dict[str, Any]:
    now = timezone.now()
    items = list(_items(company)[:MOST])
    people = list(
        {item.request.requester.pk: item.request.requester for item in items if item.request.requester}.values()
    )
    covered, read = CoveredThen(people), reading.by_person(company)
    may_manage = reader.has_perm(flows.MANAGE)
    waiting = [
        _waits_for_them(invitation, title, may_end=may_manage or invitation.invited_by_id == reader.pk)
        for invitation in _waiting(company)
        for title in [", ".join(str(document) for document in invitation.documents.all())]
    ]
    asking = [_asking(item, covered, read, now) for item in items]
    return {
        "company": company,
        "domains": list(company.domains.all()),
        "guests": [*asking, *waiting],
        "open": sum(item.grant is not None and item.grant.is_open_at(now) for item in items),
        "may_send": reader.has_perm(flows.SEND),
        "is_owner": company.owner_id == reader.pk,
    }


def _items(company: Company) -> QuerySet[RequestedDocument]:
    found = RequestedDocument.objects.filter(request__requester__company=company)
    found = found.exclude(request__status=RequestStatus.DRAFT).exclude(outcome=Outcome.WITHDRAWN)
    found = found.select_related(
        "document__level", "grant", "request__requester__company", "request__owner", "invited__invitation__invited_by"
    )
    signed = Signature.objects.filter(signer=OuterRef("request__requester")).order_by("-signed_at")
    found = with_question(found).annotate(signed_at=Subquery(signed.values("signed_at")[:1]))
    return found.prefetch_related("decisions").order_by("-request__opened_at", "pk")


def _waiting(company: Company) -> QuerySet[Invitation]:
    """Invitations to addresses at the company that nobody has used. Before that, only the address says whose they are."""
    domains = [row.domain for row in company.domains.all()]
    found = Invitation.objects.filter(domain__in=domains, state=InvitationState.SENT)
    return found.select_related("invited_by").prefetch_related("documents")[:MOST]


def _waits_for_them(invitation: Invitation, documents: str, *, may_end: bool) -> Guest:
    steps = [
        Step(_("Invited"), day_of(invitation.invited_at), "good"),
        Step(_("Confirmed"), _("not yet")),
        Step(_("Signed"), _("to come")),
        Step(_("Reading"), _("to come")),
    ]
    until = _("the invitation works until %(day)s") % {"day": day_of(invitation.ends_at)}
    ends = invitation if may_end else None
    return Guest(
        str(invitation), documents, _by(invitation), steps, "wait", for_them(), until, ends=ends, invitation=invitation
    )


def _asking(
    item: RequestedDocument,
    covered: CoveredThen,
    read: dict[tuple[str, int], Read],
    now: datetime,
) -> Guest:
    request = item.request
    person = request.requester
    assert person is not None
    invitation = item.invited.invitation if hasattr(item, "invited") else None
    is_covered = not item.document.required_agreements or covered.covers(person, item.document.required_agreements, now)
    tone, waits, note = what_waits(item, is_covered=is_covered, now=now)
    steps = [
        Step(_("Invited"), day_of(invitation.invited_at), "good")
        if invitation
        else Step(_("Asked"), day_of(request.opened_at), "good"),
        Step(_("Confirmed"), day_of(request.opened_at) if invitation else _("their address"), "good"),
        _signing(item, is_covered),
        _last(item, read.get((person.pk, item.document_id))),
    ]
    origin = _by(invitation) if invitation else _("their own request")
    return Guest(named(person.name, person.email), item.document.title, origin, steps, tone, waits, note, None, request)


def _by(invitation: Invitation) -> str:
    by = invitation.invited_by
    return _("invited by %(name)s") % {"name": by.name or by.email}


def _signing(item: RequestedDocument, is_covered: bool) -> Step:
    if not item.document.required_agreements:
        return Step(_("Signed"), _("nothing to sign"), "good")
    if is_covered:
        signed_at = item.signed_at  # type: ignore[attr-defined]  # by _items
        return Step(_("Signed"), day_of(signed_at) if signed_at else _("a colleague’s signature"), "good")
    return Step(_("Signed"), _("not yet"), "wait" if item.grant is None and not item.is_refused else "none")


def _last(item: RequestedDocument, read: Read | None) -> Step:
    """The step that is at the end: reading, or our review before that."""
    if read is not None and read.last is not None:
        return Step(_("Reading"), _("%(what)s, %(day)s") % {"what": read.said, "day": day_of(read.last)}, "good")
    if item.grant is not None:
        return Step(_("Reading"), _("not yet"), "wait")
    if item.is_refused:
        return Step(_("Review"), _("denied"), "none")
    if item.is_approved:
        return Step(_("Review"), _("approved"), "good")
    return Step(_("Review"), _("not yet"), "wait")
