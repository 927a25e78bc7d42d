"""Numbers about how requests go."""

import math
from datetime import timedelta
from statistics import median

from django.db.models import Min
from django.utils import timezone

from ndaflow.requests.models import AccessRequest

LOOKED_BACK = timedelta(days=90)
# Fewer tell more about one person's holiday than about what is usual.
REQUESTS_AT_LEAST = 5


def usual_hours() -> int | None:
    """Within how many hours half of the last 90 days' requests had a decision; None with fewer than five."""
    since = timezone.now() - LOOKED_BACK
    decided = (
        AccessRequest.objects.filter(opened_at__gte=since)
        .annotate(first_decided_at=Min("items__decisions__decided_at"))
        .filter(first_decided_at__isnull=False)
        .order_by()
        .values_list("opened_at", "first_decided_at")
    )
    waits = [until - since for since, until in decided]
    if len(waits) < REQUESTS_AT_LEAST:
        return None
    half: timedelta = median(waits)
    return max(1, math.ceil(half / timedelta(hours=1)))
