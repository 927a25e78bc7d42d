"""Colleagues who may read documents too. They are named only to the people of a company that we have confirmed."""

from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper

from documents.models import AccessGrant
from ndaflow.agreements import coverage
from ndaflow.agreements.coverage import is_reached
from ndaflow.agreements.models import Agreement
from ndaflow.requests.progress import State, state_of_grant
from trustcenter.accounts.models import User

MOST = 100


def with_access(person: User, now: datetime) -> list[AccessGrant]:
    """What is open to other people of the person's company, by person; three queries. Empty unless staff have confirmed the
    company."""
    company = person.company
    if company is None or company.confirmed_at is None or company.blocked_at is not None:
        return []
    held = AccessGrant.objects.filter(holder__company=company, holder__is_active=True).exclude(holder=person)
    held = held.filter(ended_at=None, starts_at__lte=now, ends_at__gt=now, requested_document__isnull=False)
    rows = held.select_related("holder__company", "document__level")
    # Whether each agreement covers each holder, in the same query.
    slugs = list(Agreement.objects.order_by("pk").values_list("slug", flat=True))
    in_force = coverage.in_force(now, new=False)
    covers = {
        f"covered_{place}": ExpressionWrapper(
            is_reached(in_force.filter(agreement__slug=slug), "holder__"), BooleanField()
        )
        for place, slug in enumerate(slugs)
    }
    rows = rows.annotate(**covers).order_by("holder__name", "holder", "document__position")[:MOST]
    return [grant for grant in rows if state_of_grant(grant, now, _covered(grant, slugs)) is State.OPEN]


def _covered(grant: AccessGrant, slugs: list[str]) -> frozenset[str]:
    return frozenset(slug for place, slug in enumerate(slugs) if getattr(grant, f"covered_{place}"))
