"""What conditions can name on this site, and what it is called: levels, documents, countries, risks."""

from dataclasses import dataclass

from documents.models import Document, Level
from ndaflow.requests.countries import NAMES as COUNTRIES
from ndaflow.requests.risks import WARNINGS, Kind
from ndaflow.rules.regions import Known
from ndaflow.rules.wording import Names

# "Your own request" depends on who looks at it, and the list of allowed addresses is a condition of its own.
RISKS = tuple(kind for kind in Kind if kind not in {Kind.OWN_REQUEST, Kind.ALLOWED})


@dataclass(frozen=True)
class Catalogue:
    known: Known
    names: Names


def read() -> Catalogue:
    """Of levels and documents only those that a request can open; two queries."""
    levels = {level.slug: level for level in Level.objects.filter(is_public=False)}
    documents = {one.slug: one for one in Document.objects.select_related("level") if one.is_gated}
    known = Known(
        {slug: level.longest_days for slug, level in levels.items()},
        {slug: one.level.slug if one.level else "" for slug, one in documents.items()},
        frozenset(COUNTRIES),
        frozenset(kind.value for kind in RISKS),
        frozenset(kind.value for kind in WARNINGS),
    )
    names = Names(
        {slug: level.name for slug, level in levels.items()}, {slug: one.title for slug, one in documents.items()}
    )
    return Catalogue(known, names)
