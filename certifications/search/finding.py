"""One search for all public facts."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from certifications.kept import Facts
from certifications.search import postgresql, spelling, sqlite
from certifications.search.matches import Match
from certifications.search.query import Part, Query, parse
from certifications.search.sources import SOURCES

# Of so many of the best matches, those whose title has every word come first.
LOOKED_AT = 500


@dataclass(frozen=True)
class Found:
    """What a search found: the matches in order, and what was meant if words were mistyped."""

    query: Query
    matches: list[Match]
    # Whether no entry has every word, so that these have some of them.
    partly: bool = False
    meant: str = ""


def find(typed: str, facts: Facts) -> Found:
    """The public facts that have every word of what somebody typed, or else those that have some of them. `facts` are those
    of the page's edition, whose words correct the spelling."""
    query = parse(typed)
    if not query:
        return Found(query, [])
    matches = _ask(query.parts, every=True)
    partly = not matches and len(query.parts) > 1
    if partly:
        matches = _ask(query.parts, every=False)
    meant = "" if matches and not partly else spelling.better(query, facts.vocabulary)
    return Found(query, _ordered(matches, query.parts), partly and bool(matches), meant)


def _ask(parts: Iterable[Part], *, every: bool) -> list[Match]:
    if connection.vendor == "sqlite":
        return sqlite.find(parts, every=every)
    return postgresql.find(parts, every=every)


def _ordered(matches: list[Match], parts: Iterable[Part]) -> list[Match]:
    """Those that are named so come first, certifications before answers, and then the others by their rank."""
    kinds = {kind: place for place, kind in enumerate(SOURCES)}
    looked_at = [
        ((0, kinds.get(match.kind, len(kinds))) if is_named(match, parts) else (1, 0), place, match)
        for place, match in enumerate(matches[:LOOKED_AT])
    ]
    return [match for _class, _place, match in sorted(looked_at)] + matches[LOOKED_AT:]


def is_named(match: Match, parts: Iterable[Part]) -> bool:
    """Whether the title alone has every part."""
    stems = f" {match.title_stems} "
    return all(part.fits(stems) for part in parts)
