"""For whom a post is: everyone, or the readers of a level. Levels are in a higher package, which says who reads there."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from trustcenter.accounts.models import User

# The levels that a post can be for, by their slugs, and those at which somebody may open a document at an instant.
Levels = Callable[[], dict[str, str]]
OpenTo = Callable[[User | AnonymousUser, datetime], set[str]]
_sources: list[tuple[Levels, OpenTo]] = []


def add_source(levels: Levels, open_to: OpenTo) -> None:
    """Adds levels. For `AppConfig.ready`."""
    _sources.append((levels, open_to))


def levels() -> dict[str, str]:
    """The names of the levels by slug."""
    return {slug: name for known, _open_to in _sources for slug, name in known().items()}


def open_to(reader: User | AnonymousUser, at: datetime) -> set[str]:
    """The levels at which the reader may open a document. Without one that is known, a post stays shut."""
    return {slug for _known, open_to in _sources for slug in open_to(reader, at)}
