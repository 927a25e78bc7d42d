"""A table as an Excel workbook: one sheet of texts. The same table gives the same bytes."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO

from trustcenter.web.spreadsheet import FORMULA

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# As much text as a cell of Excel holds.
LONGEST = 32_767
# What XML 1.0 cannot hold.
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A text is never a formula, a link or a number, whatever it begins with.
TEXTS_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
# The library would write the moment, and no copy would equal the next one.
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def workbook(name: str, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> bytes:
    """The bytes of a workbook with one sheet `name`, at most 31 characters. `widths` are of the columns, in characters.

    A text that looks like a formula is marked as a text, so that it stays one when somebody edits the cell. What no cell
    can hold is left out: characters that XML does not know, and the end of very long texts.
    """
    # Every process imports this module with the pages, and most of them never write a workbook: it takes 3 MB.
    from xlsxwriter import Workbook

    file = BytesIO()
    with Workbook(file, TEXTS_ONLY) as book:
        book.set_properties({"created": SINCE})
        bold = book.add_format({"bold": True, "num_format": "@"})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        quoted = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "quote_prefix": True})
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", name)[:31])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for column, title in enumerate(head):
            sheet.write_string(0, column, _fitting(title), bold)
        for place, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                sheet.write_string(place, column, _fitting(value), quoted if value.startswith(FORMULA) else text)
        sheet.freeze_panes(1, 0)
    return file.getvalue()


def _fitting(text: str) -> str:
    return NO_XML.sub("", text)[:LONGEST]
