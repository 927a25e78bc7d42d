"""Which addresses a message may be sent to: only public ones, because the page where they are typed must not become a way
to reach what the server can reach and the administrator cannot (OWASP, server-side request forgery)."""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

LONGEST = 2000
# The longest name of a host, in characters (RFC 1035, 3.1, as it is written).
LONGEST_HOST = 253
# Addresses of IPv6 that lead to others inside IPv4.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(ValueError):
    """The address is not one that a message may be sent to."""


def parsed(address: str) -> SplitResult:
    """The parts of an address that may be stored: https, a host, no user, no blanks. Raises Forbidden."""
    if len(address) > LONGEST or not address.isascii() or not address.isprintable() or " " in address:
        raise Forbidden("the address holds characters that an address does not have")
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        raise Forbidden("the address cannot be read") from None
    if parts.username is not None or parts.password is not None:
        raise Forbidden("the address names a user")
    if not parts.hostname:
        raise Forbidden("the address names no host")
    if len(parts.hostname) > LONGEST_HOST:
        raise Forbidden("the name of the host is too long")
    if parts.scheme != "https" and not (settings.DEMO and parts.scheme == "http" and parts.hostname == "127.0.0.1"):
        raise Forbidden("the address does not begin with https://")
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts
    if not is_allowed(literal):
        raise Forbidden("the address is in a private network")
    return parts


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, all of them public. Raises Forbidden if one is not, OSError if there is none.

    The caller connects to one of these and never asks for the name again: the answer could be another one by then.
    """
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(is_allowed(ipaddress.ip_address(one.partition("%")[0])) for one in found):
        raise Forbidden("the host is in a private network")
    return found


def is_allowed(address: Address) -> bool:
    """Whether an address is public. In demo mode, this machine itself is allowed too."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_allowed(address.ipv4_mapped)
        if address in NAT64 or address.sixtofour is not None or address.teredo is not None:
            return False
    if settings.DEMO and address.is_loopback:
        return True
    return address.is_global and not address.is_multicast
