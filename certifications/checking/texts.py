"""The words of the public content, sentence by sentence, as the checks compare them."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models

from certifications.checking.facts import Facts, place
from certifications.checking.findings import Place
from certifications.sections import Section

# An address, a code or a number of a certificate is no text.
NOT_TEXT = (models.SlugField, models.URLField, models.EmailField)
CODES = frozenset({"colour", "number"})

END = re.compile(r"(?<=[.!?])\s+|\n+")
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
QUOTES = dict.fromkeys(map(ord, "’‘"), "'")

DENIED = re.compile(
    r"\b(?:no|not(?! only| just| merely)|never|cannot|neither|nor|nobody|nothing|none|without|rather than|instead of)\b|n't\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Text:
    """One text of a row, which everyone may read."""

    place: Place
    text: str

    @property
    def sentences(self) -> list[str]:
        return sentences(self.text)


def texts(facts: Facts) -> Iterator[Text]:
    """Every text that everyone may read, in the order of the content file, documents last."""
    for section, row in facts.rows:
        where = place(row)
        for key in _keys(section):
            value = getattr(row, section.field_of(key).name)
            for text in value if isinstance(value, list) else [value]:
                if text:
                    yield Text(where, text)
    for paper in facts.papers:
        for text in paper.texts:
            if text:
                yield Text(paper.place, text)


def _keys(section: Section) -> list[str]:
    return [key for key in section.keys if _is_text(section, key)]


def _is_text(section: Section, key: str) -> bool:
    column = section.field_of(key)
    if key == "plans":
        return True
    is_words = isinstance(column, models.CharField | models.TextField) and not isinstance(column, NOT_TEXT)
    return is_words and not column.choices and key not in CODES


def plain(text: str) -> str:
    """The text with one kind of space, hyphen and apostrophe, and without what nobody sees."""
    return unicodedata.normalize("NFKC", text.translate(DASHES)).translate(UNSEEN | DASHES | QUOTES)


def sentences(text: str) -> list[str]:
    """The sentences of a text, as `plain` writes them."""
    return [sentence for sentence in END.split(plain(text)) if sentence]


def is_denied(sentence: str, start: int, end: int) -> bool:
    """Whether a sentence denies what it says between two positions, or only quotes it: “there is no SOC 2 certificate”."""
    quoted = sentence[:start].endswith(('"', "“", "„", "«")) and sentence[end:].startswith(('"', "”", "“", "»"))
    after = re.match(r"\W+(?:does not|do not|is not|is no\b|isn't|doesn't)", sentence[end:], re.IGNORECASE)
    return quoted or bool(after) or bool(DENIED.search(sentence[max(0, start - 45) : start]))


def naming(name: str) -> re.Pattern[str]:
    """What finds a name in a text, however it is spaced: “ISO/IEC 27001” also as “ISO 27001”, “SOC 2 Type II” as “SOC2”."""
    name = re.sub(r"\s+type\s+(?:i{1,2}|[12])$", "", plain(name), flags=re.IGNORECASE)
    parts = [re.escape(part) for part in re.findall(r"[^\W\d_]+|\d+|[^\w\s-]", name.replace("/IEC", ""))]
    pattern = r"[\s-]*".join(parts)
    return re.compile(rf"(?<!\w){pattern.replace('ISO', 'ISO(?:/IEC)?', 1)}(?!\w)", re.IGNORECASE)
