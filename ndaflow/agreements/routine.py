"""Scheduled work: close coverage that has ended by the clock."""

from django.utils import timezone

from ndaflow.agreements import coverage_flows
from ndaflow.agreements.models import Agreement
from trustcenter.work.clock import every


@every(60)
def expire_coverage() -> None:
    """Closes coverage whose end has come. The documents under it closed at that instant."""
    over = Agreement.objects.filter(coverage__ended_at=None, coverage__ends_at__lte=timezone.now()).distinct()
    for agreement in over:
        coverage_flows.expire(agreement)
