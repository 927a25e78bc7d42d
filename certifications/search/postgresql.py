"""The search in PostgreSQL, with its full text search."""

from collections.abc import Iterable

from django.db import connection

from certifications.search.matches import Match, matches
from certifications.search.query import Part

# A generated column, so that it follows the rows by itself. "simple" changes no stem, and no stem is "x", which keeps a
# phrase from going on from the title into the text.
CREATE = (
    """ALTER TABLE certifications_searchentry ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple'::regconfig, title_stems), 'A') ||
        setweight(to_tsvector('simple'::regconfig, 'x ' || text_stems), 'D')) STORED""",
    "CREATE INDEX certifications_search_vector ON certifications_searchentry USING gin (vector)",
)
DROP = (
    "DROP INDEX certifications_search_vector",
    "ALTER TABLE certifications_searchentry DROP COLUMN vector",
)
# The weights of D, C, B and A: a word in the title counts as much as eight in the text. 1: longer entries count less.
FIND = """SELECT id, kind, slug, products, title_stems,
        -ts_rank('{0.125, 0, 0, 1}', vector, asked.words, 1) AS rank
    FROM certifications_searchentry, to_tsquery('simple', %s) AS asked(words)
    WHERE vector @@ asked.words ORDER BY rank, id"""


def find(parts: Iterable[Part], *, every: bool) -> list[Match]:
    """The entries with every part, or with any of them; the best first."""
    joined = (" & " if every else " | ").join(map(_expression, parts))
    with connection.cursor() as cursor:
        cursor.execute(FIND, [joined])
        return matches(cursor.fetchall())


def _expression(part: Part) -> str:
    # Stems are letters and digits, so none is an operator.
    end = ":*" if part.goes_on else ""
    return "(" + " | ".join(f"({' <-> '.join(spelling)}{end})" for spelling in part.spellings) + ")"
