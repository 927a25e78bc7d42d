"""The search in SQLite, with FTS5."""

from collections.abc import Iterable

from django.db import connection

from certifications.search.matches import Match, matches
from certifications.search.query import Part

# The table of FTS5 has no texts of its own and follows the rows by triggers. `ascii`: stems are ASCII already.
CREATE = (
    """CREATE VIRTUAL TABLE certifications_searchwords USING fts5(
        title_stems, text_stems, content='certifications_searchentry', content_rowid='id', tokenize='ascii')""",
    """CREATE TRIGGER certifications_search_insert AFTER INSERT ON certifications_searchentry BEGIN
        INSERT INTO certifications_searchwords(rowid, title_stems, text_stems)
        VALUES (new.id, new.title_stems, new.text_stems); END""",
    """CREATE TRIGGER certifications_search_delete AFTER DELETE ON certifications_searchentry BEGIN
        INSERT INTO certifications_searchwords(certifications_searchwords, rowid, title_stems, text_stems)
        VALUES ('delete', old.id, old.title_stems, old.text_stems); END""",
    """CREATE TRIGGER certifications_search_update AFTER UPDATE ON certifications_searchentry BEGIN
        INSERT INTO certifications_searchwords(certifications_searchwords, rowid, title_stems, text_stems)
        VALUES ('delete', old.id, old.title_stems, old.text_stems);
        INSERT INTO certifications_searchwords(rowid, title_stems, text_stems)
        VALUES (new.id, new.title_stems, new.text_stems); END""",
)
DROP = (
    "DROP TRIGGER certifications_search_update",
    "DROP TRIGGER certifications_search_delete",
    "DROP TRIGGER certifications_search_insert",
    "DROP TABLE certifications_searchwords",
)
# A word in the title counts as much as eight in the text.
FIND = """SELECT entry.id, entry.kind, entry.slug, entry.products, entry.title_stems,
        bm25(certifications_searchwords, 8.0, 1.0) AS rank
    FROM certifications_searchwords JOIN certifications_searchentry AS entry
        ON entry.id = certifications_searchwords.rowid
    WHERE certifications_searchwords MATCH %s ORDER BY rank, entry.id"""


def find(parts: Iterable[Part], *, every: bool) -> list[Match]:
    """The entries with every part, or with any of them; the best first."""
    joined = (" AND " if every else " OR ").join(map(_expression, parts))
    with connection.cursor() as cursor:
        cursor.execute(FIND, [joined])
        return matches(cursor.fetchall())


def _expression(part: Part) -> str:
    # Stems are letters and digits, so quotation marks need no care.
    end = " *" if part.goes_on else ""
    return "(" + " OR ".join(f'"{" ".join(spelling)}"{end}' for spelling in part.spellings) + ")"
