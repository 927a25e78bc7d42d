"""What a database finds."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple


class Match(NamedTuple):
    """One entry that was found. A smaller rank is better."""

    pk: int
    kind: str
    slug: str
    products: tuple[str, ...]
    title_stems: str
    rank: float


def matches(rows: Sequence[Sequence[Any]]) -> list[Match]:
    """The rows of SQLite or PostgreSQL, whose drivers give JSON as text or read it."""
    return [
        Match(pk, kind, slug, _read(products) if isinstance(products, str) else tuple(products), title_stems, rank)
        for pk, kind, slug, products, title_stems, rank in rows
    ]


# Thousands of rows name the same few products.
@lru_cache(maxsize=1000)
def _read(products: str) -> tuple[str, ...]:
    return tuple(json.loads(products))
