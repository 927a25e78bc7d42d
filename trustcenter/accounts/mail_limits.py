"""How many mails people may cause who have proven nothing: to one mailbox, from one network, and in all.

Anyone may type anyone's address. So every form that mails to a typed address counts here first, all of them together:
requests, forwarded ones, sign-in codes, more codes, resets, and the page that staff share. The answer is the same for
every address, because each one gets a mail, known or not.
"""

import logging
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest

from trustcenter.accounts import known_browsers
from trustcenter.accounts.addresses import canonical
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import FlowError
from trustcenter.web import throttle
from trustcenter.web.client import client_address

logger = logging.getLogger(__name__)


class Cap(NamedTuple):
    """At most so many mails in so many seconds, counted under a name, and what a person reads beyond."""

    name: str
    limit: int
    seconds: int
    refusal: Refusal


# A person who gets no first code asks for a second and a third, and perhaps corrects a request meanwhile.
MAILBOX = (
    Cap("mails-mailbox", 5, 10 * 60, Refusal.MAILBOX_FULL),
    Cap("mails-mailbox-day", 15, 24 * 3600, Refusal.MAILBOX_FULL_TODAY),
)
# An office of a customer shares one address: a dozen people who sign in for the first time, with three codes each.
NETWORK = (Cap("mails-network", 40, 3600, Refusal.NETWORK_FULL),)
# Far above what prospects need. It bounds what many networks together can send in our name.
SITE = (Cap("mails-site", 1000, 3600, Refusal.SITE_FULL),)


class TooMany(FlowError):
    """No mail is written. The text says why, and what to do instead."""


@dataclass(frozen=True)
class Counted:
    """The right to write one mail to `email`, which `count` has counted."""

    email: str


def count(request: HttpRequest, email: str) -> Counted:
    """Counts one mail to an address that somebody typed. Call it outside a transaction, and before anything is written.

    Raises TooMany beyond a cap, and ValidationError for what is no address. A browser that proved the address before has a mailbox's caps of its own and no others, so that strangers cannot use
    up its mails.
    """
    email = canonical(email)
    key = known_browsers.allowance(request, email)
    network = throttle.network_of(client_address(request))
    is_stranger = key == email
    # In this order: who is refused for their own network or for one mailbox takes nothing of what the site may send.
    if is_stranger:
        _take(NETWORK, network, network)
    _take(MAILBOX, key, network)
    if is_stranger:
        _take(SITE, "", network)
    return Counted(email)


def count_for_staff(request: HttpRequest, email: str) -> Counted:
    """Counts one mail that a member of staff sends to a typed address: of that mailbox only. Raises TooMany."""
    email = canonical(email)
    _take(MAILBOX, email, throttle.network_of(client_address(request)))
    return Counted(email)


def _take(caps: tuple[Cap, ...], key: str, network: str) -> None:
    for cap in caps:
        if not throttle.allow_key(cap.name, cap.limit, cap.seconds, key):
            if throttle.allow_key(f"{cap.name}-told", 1, cap.seconds, key):
                # Once in a window, or the operator's log would fill instead. Without the address that somebody typed.
                logger.warning(
                    "no more mails: %s allows %s in %s seconds; last asked from %s",
                    cap.name,
                    cap.limit,
                    cap.seconds,
                    network,
                )
            raise TooMany(cap.refusal)
