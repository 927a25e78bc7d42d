"""Tables as CSV files that every spreadsheet shows as text."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# Where a spreadsheet begins to calculate (OWASP, CSV injection), also in the wide letters of East Asia.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A spreadsheet that splits at semicolons or tabs begins a new cell there, or a new line, although ours is in quotation marks.
AFTER_SEPARATOR = re.compile(r"([;\t\r\n] *)(?=[" + re.escape("".join(FORMULA)) + "])")


def response(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A download of the table. `name` is one of ours: letters, digits, hyphens and a dot."""
    answer = StreamingHttpResponse(lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of the file. No cell is a formula, whatever somebody typed or calls their mailbox."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    # The mark tells spreadsheets that this is UTF-8.
    yield "\ufeff" + writer.writerow(head)
    for row in rows:
        yield writer.writerow([plain(str(cell)) for cell in row])


def plain(cell: str) -> str:
    """A cell that every spreadsheet shows as text."""
    cell = AFTER_SEPARATOR.sub(r"\1'", cell)
    return f"'{cell}" if cell.startswith(FORMULA) else cell


class _Echo:
    """A file for the csv module that gives each line back."""

    def write(self, line: str) -> str:
        return line
