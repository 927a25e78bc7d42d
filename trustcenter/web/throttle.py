"""Rate limits, counted in a table that all processes and nodes share and that no other traffic can empty."""

import ipaddress
from datetime import timedelta

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from trustcenter.web.client import client_address
from trustcenter.web.models import Counter

# One statement begins a window, counts in it, or finds the limit reached and changes no row. So of two requests that
# ask at the same moment, also on two nodes, only one gets the last place.
COUNT = """
INSERT INTO web_counter AS counter (key, count, ends_at) VALUES (%(key)s, 1, %(ends_at)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN counter.ends_at <= %(now)s THEN 1 ELSE counter.count + 1 END,
    ends_at = CASE WHEN counter.ends_at <= %(now)s THEN excluded.ends_at ELSE counter.ends_at END
WHERE counter.ends_at <= %(now)s OR counter.count < %(limit)s
"""


def allow(request: HttpRequest, name: str, limit: int, seconds: int, key: str = "") -> bool:
    """True if `key` (by default the client's network) has done `name` fewer than `limit` times, and counts it.

    The first time begins a window of `seconds`; after it, counting begins again, so within any `seconds` it allows at
    most twice the limit. Call it outside a transaction: a rollback would undo the count.
    """
    return allow_key(name, limit, seconds, key or network_of(client_address(request)))


def allow_key(name: str, limit: int, seconds: int, key: str) -> bool:
    """`allow` without a request, for a given key."""
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {
                "key": _row(name, seconds, key),
                "now": adapt(now),
                "ends_at": adapt(now + timedelta(seconds=seconds)),
                "limit": limit,
            },
        )
        return bool(cursor.rowcount == 1)


def exhausted(request: HttpRequest, name: str, limit: int, seconds: int, key: str = "") -> bool:
    """Whether `allow` would return False. Counts nothing."""
    row = _row(name, seconds, key or network_of(client_address(request)))
    return Counter.objects.filter(pk=row, count__gte=limit, ends_at__gt=timezone.now()).exists()


def _row(name: str, seconds: int, key: str) -> str:
    # A keyed digest: the table says neither whose address nor which network was counted.
    digest = salted_hmac("trustcenter rate limit", key, algorithm="sha256").hexdigest()
    return f"{name}:{seconds}:{digest}"


def network_of(address: str) -> str:
    """The address; for IPv6 its /64 network, because a customer usually gets all addresses of one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address)
    return address
