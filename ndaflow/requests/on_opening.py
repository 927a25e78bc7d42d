"""What else happens when a request opens, and when its documents do. Rooms above register themselves in `AppConfig.ready`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from documents.models import Document
from ndaflow.requests.models import AccessRequest
from trustcenter.audit import Change


@dataclass(frozen=True)
class Listener:
    """Two moments, each inside the change that makes it: a request has opened and was not turned away, before rules look
    at it; and documents of it have opened for the requester."""

    opened: Callable[[Change, AccessRequest], None]
    granted: Callable[[Change, AccessRequest, Sequence[Document]], None]


_listeners: list[Listener] = []


def add(listener: Listener) -> None:
    _listeners.append(listener)


def opened(change: Change, request: AccessRequest) -> None:
    for listener in _listeners:
        listener.opened(change, request)


def granted(change: Change, request: AccessRequest, documents: Sequence[Document]) -> None:
    for listener in _listeners:
        listener.granted(change, request, documents)
