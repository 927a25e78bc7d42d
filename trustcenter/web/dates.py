"""Days in words, in the order and with the signs of the reader's language."""

from datetime import date, datetime

from django.utils import translation
from django.utils.formats import date_format

# How each language writes what English writes as the key (Django's format characters).
PATTERNS = {
    "de": {"j F Y": "j. F Y", "j M Y": "j. N Y", "j M": "j. N", "j": "j.", "M Y": "N Y"},
    "es": {"j F Y": r"j \d\e F \d\e Y", "j M Y": "j b Y", "j M": "j b", "M Y": "b Y"},
    "fr": {"j F Y": "j F Y", "j M Y": "j N Y", "j M": "j N", "M Y": "N Y"},
    "ja": {"j F Y": "Y年n月j日", "j M Y": "Y年n月j日", "j M": "n月j日", "j": "n月j日", "M Y": "Y年n月"},
}

# Languages in which a date begins with its year.
YEAR_FIRST = frozenset({"ja"})


def written(value: date | datetime, pattern: str) -> str:
    """The day as the active language writes it; `pattern` is how English does, with or without a time after a comma."""
    day, comma, time = pattern.partition(", ")
    patterns = PATTERNS.get(translation.get_language() or "", {})
    return date_format(value, patterns.get(day, day) + comma + time)


def in_full(day: date) -> str:
    """A day without markup, for labels, drawings and sentences: "1 Oct 2026"."""
    return written(day, "j M Y")


def period(start: date, end: date) -> str:
    """A period with nothing said twice: "6 – 24 Oct 2025", "1 Jan – 31 Dec 2025", "1 Dec 2025 – 28 Feb 2026"."""
    short = "j M Y"
    if start.year == end.year:
        short = "j" if start.month == end.month else "j M"
    if translation.get_language() in YEAR_FIRST:
        return f"{written(start, 'j M Y')} – {written(end, short)}"
    return f"{written(start, short)} – {written(end, 'j M Y')}"
