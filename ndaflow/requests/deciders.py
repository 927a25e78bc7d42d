"""What decides requests besides people. The rules are above this room and register themselves in `AppConfig.ready`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ndaflow.requests.models import AccessRequest, RequestedDocument
from trustcenter.audit import Change


@dataclass(frozen=True)
class Decider:
    """Two moments: `look` at a request after the commit, because something about it is new; and, before a person
    decides in the same change, `tighten` documents, so that nobody overtakes a rule that makes one stricter."""

    look: Callable[[Change, AccessRequest], None]
    tighten: Callable[[Change, AccessRequest, Sequence[RequestedDocument]], None]


_deciders: list[Decider] = []


def add(decider: Decider) -> None:
    _deciders.append(decider)


def look(change: Change, request: AccessRequest) -> None:
    for decider in _deciders:
        decider.look(change, request)


def tighten(change: Change, request: AccessRequest, items: Sequence[RequestedDocument]) -> None:
    for decider in _deciders:
        decider.tighten(change, request, items)
