"""Rate limits for forms that anyone may post, counted in the cache that all processes share."""

import hashlib
import ipaddress
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.http import HttpRequest

from trustcenter.web.client import client_address


def allow(request: HttpRequest, name: str, limit: int, seconds: int, key: str = "") -> bool:
    """True if `key` (by default the client's network) has done `name` fewer than `limit` times in `seconds`.

    If so, it takes one of `limit` slots for `seconds`. Taking a slot is one insert, so only one of two processes gets
    the last slot. Call it outside a transaction: a rollback would give the slot back.
    """
    return allow_key(name, limit, seconds, key or network_of(client_address(request)))


def allow_key(name: str, limit: int, seconds: int, key: str) -> bool:
    """`allow` without a request, for a given key."""
    slots = _slots(name, limit, key)
    taken = cache.get_many(slots)
    return any(cache.add(slot, 1, seconds) for slot in slots if slot not in taken)


def exhausted(request: HttpRequest, name: str, limit: int, key: str = "") -> bool:
    """Whether `allow` would return False. Takes no slot."""
    return len(cache.get_many(_slots(name, limit, key or network_of(client_address(request))))) >= limit


def _slots(name: str, limit: int, key: str) -> list[str]:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return [f"throttle:{name}:{digest}:{number}" for number in range(limit)]


def network_of(address: str) -> str:
    """The address; for IPv6 its /64 network, because a customer usually gets all addresses of one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address)
    return address


def create_table(using: str, **kwargs: Any) -> None:
    """Creates the cache's table after `migrate`, so that operators need no second command."""
    call_command("createcachetable", database=using, verbosity=0)
