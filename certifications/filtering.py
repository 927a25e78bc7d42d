"""Filters of a list as boxes that are checked in the address, each with how many rows it leaves."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.http import QueryDict


@dataclass(frozen=True)
class Option:
    """One box of a filter: how many rows it leaves, and the address without it where it is checked."""

    value: str
    label: str
    count: int
    without: str = ""
    # Of its label, if that is not the page's.
    language: str = ""


@dataclass(frozen=True)
class Filter[T]:
    """Boxes of one kind. `any_of`: one checked box is enough; otherwise a row has to fit all checked boxes.

    `values` gives the boxes that a row fits; None if it fits each.
    """

    name: str
    legend: str
    labels: Mapping[str, str]
    values: Callable[[T], Collection[str] | None]
    # What is said of a value that is none of the labels, with its place as %(slug)s.
    unknown: str
    any_of: bool = True
    # The language of a label, where it is not the page's.
    languages: Mapping[str, str] = field(default_factory=dict)

    def lets(self, row: T, chosen: Sequence[str]) -> bool:
        if not chosen or (values := self.values(row)) is None:
            return True
        found = [value in values for value in chosen]
        return any(found) if self.any_of else all(found)

    def counts(self, rows: Iterable[T]) -> Counter[str]:
        """How many of the rows fit each box."""
        fitting = [self.values(row) for row in rows]
        everywhere = fitting.count(None)
        found = Counter(chain.from_iterable(values for values in fitting if values is not None))
        return Counter({value: found[value] + everywhere for value in self.labels})


@dataclass(frozen=True)
class Filtered[T]:
    """What the filters of an address leave, and the filters with their boxes."""

    rows: list[T]
    filters: list[tuple[Filter[T], list[Option]]]
    chosen: dict[str, list[str]]
    # A sentence for each value of the address that no filter has.
    unknown: list[str]


def filtered[T](rows: Sequence[T], filters: Sequence[Filter[T]], query: QueryDict) -> Filtered[T]:
    """The rows that fit the boxes checked in `query`."""
    chosen = {one.name: [value for value in query.getlist(one.name) if value in one.labels] for one in filters}
    return Filtered(
        _left(rows, filters, chosen),
        [(one, _options(one, filters, chosen, rows, query)) for one in filters],
        chosen,
        [
            one.unknown % {"slug": value}
            for one in filters
            for value in query.getlist(one.name)
            if value and value not in one.labels
        ],
    )


def _left[T](rows: Sequence[T], filters: Iterable[Filter[T]], chosen: dict[str, list[str]]) -> list[T]:
    """The rows that these filters leave."""
    checked = [one for one in filters if chosen[one.name]]
    return [row for row in rows if all(one.lets(row, chosen[one.name]) for one in checked)] if checked else [*rows]


def _options[T](
    one: Filter[T], filters: Sequence[Filter[T]], chosen: dict[str, list[str]], rows: Sequence[T], query: QueryDict
) -> list[Option]:
    counts = one.counts(_left(rows, [other for other in filters if other.name != one.name], chosen))
    return [
        Option(
            value,
            label,
            counts[value],
            _without(query, one.name, value) if value in chosen[one.name] else "",
            one.languages.get(value, ""),
        )
        for value, label in one.labels.items()
    ]


def _without(query: QueryDict, name: str, value: str) -> str:
    rest = query.copy()
    rest.setlist(name, [other for other in rest.getlist(name) if other != value])
    rest.pop("page", None)
    return f"?{rest.urlencode()}"
