"""How long requests usually take."""

import math
from datetime import timedelta
from statistics import median

from django.db.models import Min
from django.utils import timezone

from ndaflow.requests.models import AccessRequest

LOOKED_BACK = timedelta(days=90)
# With fewer, one person's holiday would look like the usual time.
REQUESTS_AT_LEAST = 5
# The newest ones say it as well, and mails say it inside a change.
MOST = 500


def usual_hours() -> int | None:
    """Median hours from opening to the first decision, over the last 90 days. None with fewer than five requests."""
    since = timezone.now() - LOOKED_BACK
    decided = (
        AccessRequest.objects.filter(opened_at__gte=since)
        .annotate(first_decided_at=Min("items__decisions__decided_at"))
        .filter(first_decided_at__isnull=False)
        .order_by("-opened_at")
        .values_list("opened_at", "first_decided_at")[:MOST]
    )
    waits = [until - since for since, until in decided]
    if len(waits) < REQUESTS_AT_LEAST:
        return None
    half: timedelta = median(waits)
    return max(1, math.ceil(half / timedelta(hours=1)))
