"""Readers are told 14 and 3 days before their access ends, once each, by the clock."""

from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from documents.models import AccessGrant
from ndaflow.requests.models import RequestedDocument, RequestStatus
from trustcenter import audit
from trustcenter.audit.actions import Action

Outcome = RequestedDocument.Outcome
# So many days before the end, the last one first.
DAYS = (3, 14)
MOST_AT_ONCE = 500


def warn_of_ends(at: datetime) -> int:
    """Mails everyone whose access ends soon, each of them once with all their documents. Returns how many it told.

    Access that is shorter than the time before its end, or that they have requested again, is left out.
    """
    told = 0
    for days in DAYS:
        found = AccessGrant.objects.filter(_due(days, at)).exclude(Exists(_requested_again()))
        grants = found.select_related("holder", "document").order_by("holder", "ends_at", "pk")[:MOST_AT_ONCE]
        for _holder, own in groupby(grants, key=lambda grant: grant.holder_id):
            told += _warn(list(own), days)
    return told


def _due(days: int, at: datetime) -> Q:
    before = timedelta(days=days)
    return Q(
        Q(warned=0) | Q(warned__gt=days),
        ended_at=None,
        starts_at__lte=at,
        ends_at__gt=at,
        ends_at__lte=at + before,
        starts_at__lt=F("ends_at") - before,
        holder__is_active=True,
    )


def _requested_again() -> QuerySet[RequestedDocument]:
    return RequestedDocument.objects.filter(
        document=OuterRef("document"),
        request__requester=OuterRef("holder"),
        request__status=RequestStatus.OPEN,
        outcome__in=[Outcome.PENDING, Outcome.APPROVED],
        grant=None,
    )


def _warn(grants: list[AccessGrant], days: int) -> bool:
    """Tells one person about these grants, unless another worker was quicker."""
    keys, person = [grant.pk for grant in grants], grants[0].holder
    with audit.change(by=None) as change:
        mine = AccessGrant.objects.filter(_due(days, change.at), pk__in=keys)
        mine.lock()
        ours = list(mine.select_related("document").order_by("ends_at", "pk"))
        if not ours:
            return False
        AccessGrant.objects.filter(pk__in=[grant.pk for grant in ours]).update(warned=days)
        change.mail("access_ends", to=person.email, context={"person": person, "grants": ours, "days": days})
        named = [grant.document.named for grant in ours]
        change.record(Action.GRANT_WARNED, subject=person, person=person, documents=named, days=days)
    return True
