"""Failed sign-ins in the audit log. Anyone can fail, and no record is ever deleted, so what is recorded has a cap."""

import logging

from django.http import HttpRequest

from trustcenter import audit
from trustcenter.accounts.factors import Method
from trustcenter.audit.actions import Action
from trustcenter.web import throttle
from trustcenter.web.client import client_address

logger = logging.getLogger(__name__)

HOUR = 3600
# Somebody who forgot a password fails a few times. An attack shows after sixty as well as after six hundred.
NETWORK_AN_HOUR = 60
# Many networks together: no attack, however wide, makes the log grow by more than this.
SITE_AN_HOUR = 1000


def record(request: HttpRequest, *, email: str, method: Method) -> None:
    """Records a failed sign-in in a change of its own, until the network or the whole site had too many in this hour.

    The first one that is not recorded leaves a record that says so, and a line in the server's log.
    """
    address = client_address(request)
    network = throttle.network_of(address)
    if not throttle.allow_key("failures-network", NETWORK_AN_HOUR, HOUR, network):
        _pause(network, NETWORK_AN_HOUR)
    elif not throttle.allow_key("failures-site", SITE_AN_HOUR, HOUR, ""):
        _pause("", SITE_AN_HOUR)
    else:
        with audit.change(by=None) as change:
            change.record(Action.SIGN_IN_FAILED, email=email, method=method.value, address=address)


def _pause(network: str, limit: int) -> None:
    if throttle.allow_key("failures-paused", 1, HOUR, network):
        logger.warning("%s failed sign-ins in an hour from %s", limit, network or "all networks together")
        with audit.change(by=None) as change:
            change.record(Action.FAILURES_PAUSED, address=network or "all", count=limit)
