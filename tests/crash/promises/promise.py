"""The list of promises, and what most of them need: the records of the log, and who was erased."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from ndaflow.privacy.models import Erasure
from ndaflow.privacy.rows import subjects_of
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts.models import User
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record

Seen = dict[str, Any]
Promise = Callable[[Seen], Iterator[str]]
promises: list[Promise] = []


def promise(function: Promise) -> Promise:
    promises.append(function)
    return function


def pairs(what: str, changes: Iterable[object], records: Iterable[object]) -> Iterator[str]:
    """A sentence for every change without exactly one record, and for every record without exactly one change."""
    made, written = Counter(changes), Counter(records)
    for change in made - written:
        yield f"{what} {change} has no record"
    for record in written - made:
        yield f"a record of {what} {record} has no change"


def entries(action: Action) -> list[history.Entry]:
    """The records of an action whose details are still there, without those about rows of people who were erased."""
    found = history.entries(Record.objects.filter(action=action))
    return [one for one in found if one.detail and one.subject not in forgotten()]


def subjects(action: Action) -> list[str]:
    return list(Record.objects.filter(action=action).values_list("subject", flat=True))


@cache
def erased() -> frozenset[str]:
    """The keys of the people whose data were erased: their rows have no words left, and their records no details."""
    return frozenset(Erasure.objects.filter(state=Erasure.State.DONE).values_list("person", flat=True))


@cache
def erased_requests() -> frozenset[str]:
    """The keys of their requests."""
    return frozenset(AccessRequest.objects.filter(requester__in=erased()).values_list("pk", flat=True))


@cache
def forgotten() -> frozenset[str]:
    """The log's names of their rows."""
    people = User.objects.filter(pk__in=erased())
    return frozenset(name for person in people for name in subjects_of(person))
