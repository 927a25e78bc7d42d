"""Declares background tasks: functions with a lane, and the words in which staff read about them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.tasks import Task as Function
from django.tasks import task
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from trustcenter.work.lanes import Lane
from trustcenter.work.models import Task

# From the first arguments of calls to what each is about, in one query.
About = Callable[[list[str]], dict[str, str]]
# From the last error of a task, as `Task.reason` has it, to a sentence that says what to do; "" if there is none.
Why = Callable[[str], str]


@dataclass(frozen=True)
class Kind:
    """One background function: what it does, in the words of a button, and what a call of it is about."""

    label: str | Promise
    about: About
    again: str | Promise
    why: Why


_kinds: dict[str, Kind] = {}


def background(
    lane: Lane,
    label: str | Promise,
    *,
    about: About,
    priority: int = 0,
    again: str | Promise = "",
    why: Why = lambda error: "",
) -> "Callable[[Callable[..., Any]], Function[..., Any]]":
    """Makes a function at module level a task of that lane. Its arguments are JSON, the first one an id.

    Staff read on its button what `again` says, and beside an error what `why` says about it.

    A task may run twice and must have one effect. It is stopped at the limit of its lane, so longer work starts itself
    again.
    """

    def declare(function: Callable[..., Any]) -> "Function[..., Any]":
        declared = task(queue_name=lane.value, priority=priority)(function)
        _kinds[declared.module_path] = Kind(label, about, again or gettext_lazy("Try again now"), why)
        return declared

    return declare


def labels() -> dict[str, str | Promise]:
    """What each function does, by its path."""
    return {path: kind.label for path, kind in _kinds.items()}


@dataclass(frozen=True)
class Line:
    """One task as staff read it."""

    task: Task
    label: str
    about: str
    again: str = ""
    why: str = ""


def lines(tasks: Iterable[Task]) -> list[Line]:
    """Tasks in words, with one query for each kind."""
    rows = list(tasks)
    about: dict[tuple[str, str], str] = {}
    for path in {row.path for row in rows} & _kinds.keys():
        ids = [row.arguments[0] for row in rows if row.path == path]
        about |= {(path, id): text for id, text in _kinds[path].about(ids).items()}
    return [
        Line(
            row,
            # A task of an earlier release may have no function any more.
            str(_kinds[row.path].label) if row.path in _kinds else row.path,
            about.get((row.path, row.arguments[0] if row.arguments else ""), ""),
            str(_kinds[row.path].again) if row.path in _kinds else gettext("Try again now"),
            _kinds[row.path].why(row.reason()) if row.path in _kinds and row.error else "",
        )
        for row in rows
    ]
