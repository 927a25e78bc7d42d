"""Scheduled work: deletes counters and cache entries whose time is over."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from trustcenter.web.models import CacheEntry, Counter
from trustcenter.work.clock import every

# Rows in one statement: a longer one would hold up those who count meanwhile.
BATCH = 1000
# No window is longer. A row that ends later is from a clock that was wrong, and would keep a limit for as long.
LONGEST = timedelta(days=1)


@every(300)
def delete_ended() -> int:
    """Deletes what ended; returns how many rows. A living row stays, however many there are."""
    now = timezone.now()
    over = Q(ends_at__lte=now) | Q(ends_at__gt=now + LONGEST + timedelta(hours=1))
    count = 0
    for model in (Counter, CacheEntry):
        # `over` twice: a row that begins a new window between the two queries must stay.
        while keys := list(model.objects.filter(over).values_list("pk", flat=True)[:BATCH]):
            count += model.objects.filter(over, pk__in=keys).delete()[0]
    return count
