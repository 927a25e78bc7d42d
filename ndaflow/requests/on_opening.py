"""What else happens in the change that opens a request. Rooms above this one register themselves in `AppConfig.ready`."""

from collections.abc import Callable

from ndaflow.requests.models import AccessRequest
from trustcenter.audit import Change

Listener = Callable[[Change, AccessRequest], None]
_listeners: list[Listener] = []


def add(listener: Listener) -> None:
    _listeners.append(listener)


def tell(change: Change, request: AccessRequest) -> None:
    """Says that a request has opened and was not turned away, before rules look at it."""
    for listener in _listeners:
        listener(change, request)
