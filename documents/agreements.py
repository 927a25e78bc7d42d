"""Asks whether the agreements that a document requires cover a reader. The room of agreements, which is above this one,
registers the answer; until it does, nobody is covered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from documents.models import Document
from trustcenter.accounts.models import User


@dataclass(frozen=True)
class Source:
    """What `AppConfig.ready` of the higher room registers."""

    # The slugs of the agreements that cover a person at an instant.
    covered: Callable[[User, datetime], frozenset[str]]
    # Locks the agreements that the document with a slug requires until commit, so that no coverage under them ends meanwhile.
    # Returns their slugs, or None if nothing at all can change meanwhile.
    hold: Callable[[str], frozenset[str] | None]
    # The agreements that a document can require, as slugs with their titles.
    offered: Callable[[], list[tuple[str, str]]]


_source: Source | None = None


def register(source: Source) -> None:
    global _source
    _source = source


def required() -> dict[str, list[int]]:
    """The keys of the documents that require each agreement, by its slug, in the order of the documents; one query."""
    found: dict[str, list[int]] = {}
    for document in Document.objects.select_related("level"):
        for slug in document.required_agreements:
            found.setdefault(slug, []).append(document.pk)
    return found


def offered() -> list[tuple[str, str]]:
    """The agreements that a document can require besides those of its level, as choices of a form."""
    return _source.offered() if _source is not None else []


def hold(slug: str) -> frozenset[str] | None:
    """Locks the agreements that the document `slug` requires until commit, and returns their slugs; None for all of them."""
    return _source.hold(slug) if _source is not None else None


def cover(reader: User, document: Document, at: datetime) -> bool:
    """Whether every agreement that the document requires covers the reader at the instant `at`."""
    return document.pk in covered(reader, [document], at)


def covered(reader: User, documents: Iterable[Document], at: datetime) -> set[int]:
    """The keys of the documents of which the same is true; one query for all of them."""
    needed = {one.pk: set(one.required_agreements) for one in documents}
    if not any(needed.values()):
        return set(needed)
    covers = _source.covered(reader, at) if _source is not None else frozenset[str]()
    return {key for key, slugs in needed.items() if slugs <= covers}
