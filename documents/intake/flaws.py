"""What can be wrong with an uploaded file; shared by the web process and the sandboxed child."""

from enum import StrEnum

MAX_PAGES = 2_000
MAGIC = b"%PDF-"


class Flaw(StrEnum):
    """Why a file cannot be used."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_PDF = "not_pdf"
    BROKEN = "broken"
    ENCRYPTED = "encrypted"
    NO_PAGES = "no_pages"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_OBJECTS = "too_many_objects"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNPACKS_TOO_FAR = "unpacks_too_far"
    TOO_SLOW = "too_slow"
    UNMARKABLE = "unmarkable"
    # It was downloaded here: it names its reader on every page.
    READERS_COPY = "readers_copy"
    MARK_HIDDEN = "mark_hidden"
    UNDRAWABLE = "undrawable"
    # Its check never ended: our fault, not the file's.
    NEVER_CHECKED = "never_checked"


def glance(name: str, size: int, start: bytes, most: int) -> Flaw | None:
    """The flaw that name, length and first bytes already show while the file is still arriving."""
    if size == 0:
        return Flaw.EMPTY
    if size > most:
        return Flaw.TOO_LONG
    if not name.lower().endswith(".pdf") or not start.startswith(MAGIC):
        return Flaw.NOT_PDF
    return None
