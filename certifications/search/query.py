"""What somebody searches for, cut into parts, and where a text has them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from certifications.search.synonyms import LONGEST, SPELLINGS, Phrase
from certifications.search.words import Word, cut

# As much as is looked at of what somebody typed or pasted.
CHARACTERS, PARTS = 200, 12
# Words of every question; they say nothing about what is asked.
COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "how",
        "i",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "their",
        "there",
        "these",
        "this",
        "to",
        "us",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "you",
        "your",
    ]
)
# A shorter word begins too many others.
PREFIX_FROM = 3


@dataclass(frozen=True)
class Part:
    """One thing that is searched for: any of its spellings fits, each a row of stems."""

    spellings: tuple[Phrase, ...]
    # Whether the last word may go on, as in "auth". Names of a thing are whole.
    goes_on: bool
    typed: str

    def fits(self, stems: str) -> bool:
        """Whether these stems, with a space around each, hold one of the spellings."""
        end = "" if self.goes_on else " "
        return any(f" {' '.join(one)}{end}" in stems for one in self.spellings)

    def length_at(self, words: list[Word], at: int) -> int:
        """How many words of a text it takes there; 0 if it does not begin there."""
        for spelling in self.spellings:
            *before, last = spelling
            there = [word.stem for word in words[at : at + len(spelling)]]
            if len(there) == len(spelling) and there[:-1] == before and self._ends(there[-1], last):
                return len(spelling)
        return 0

    def _ends(self, stem: str, last: str) -> bool:
        return stem.startswith(last) if self.goes_on else stem == last


@dataclass(frozen=True)
class Query:
    """A search. `typed` is what is shown again: what somebody typed, in one line and not endless."""

    typed: str
    parts: tuple[Part, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.parts)

    def marked(self, text: str) -> SafeString:
        """The text with what was found in a <mark>."""
        return _marked(text, 0, len(text), self._found(text))

    def excerpt(self, text: str, length: int = 260) -> SafeString:
        """About so many characters around the first place that was found, marked."""
        places = [*self._found(text)]
        start = places[0][0] if places else 0
        begin = 0 if start < length * 2 // 3 else text.rfind(" ", 0, start - length // 3) + 1
        end = len(text) if begin + length >= len(text) else text.rfind(" ", begin, begin + length)
        end = end if end > begin else begin + length
        after = "…" if end < len(text) else ""
        return format_html("{}{}{}", "…" if begin else "", _marked(text, begin, end, places), after)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        words, at = cut(text), 0
        while at < len(words):
            length = max((part.length_at(words, at) for part in self.parts), default=0)
            if length:
                yield words[at].start, words[at + length - 1].end
            at += length or 1


def _marked(text: str, begin: int, end: int, places: Iterable[tuple[int, int]]) -> SafeString:
    """This part of the text, with the places in it in a <mark>."""
    pieces: list[tuple[SafeString | str]] = []
    for start, until in places:
        if begin <= start and until <= end:
            pieces += [(text[begin:start],), (format_html("<mark>{}</mark>", text[start:until]),)]
            begin = until
    return format_html_join("", "{}", [*pieces, (text[begin:end],)])


def parse(typed: str) -> Query:
    """The parts of a search. Nothing that people type is an operator."""
    typed = " ".join(typed.replace("\0", " ").split())[:CHARACTERS]
    words = cut(typed)
    parts = [*_parts(words)]
    specific = [part for part in parts if part.typed not in COMMON] or parts
    once = {part.spellings: part for part in specific}
    return Query(typed, tuple(once.values())[:PARTS])


def _parts(words: list[Word]) -> Iterator[Part]:
    at = 0
    while at < len(words):
        name = next((name for name in _names_at(words, at)), None)
        if name:
            plain = " ".join(word.plain for word in words[at : at + len(name)])
            yield Part(SPELLINGS[name], goes_on=False, typed=plain)
            at += len(name)
            continue
        run = _signs_at(words, at)
        plain = "".join(word.plain for word in run)
        goes_on = len(plain) >= PREFIX_FROM and not plain[0].isdigit()
        yield Part((tuple(word.stem for word in run),), goes_on=goes_on, typed=plain)
        at += len(run)


def _names_at(words: list[Word], at: int) -> Iterator[Phrase]:
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        phrase = tuple(word.stem for word in words[at : at + length])
        if phrase in SPELLINGS:
            yield phrase


def _signs_at(words: list[Word], at: int) -> list[Word]:
    """The word there, with the signs that follow without a space if it is one."""
    run = [words[at]]
    for word in words[at + 1 :]:
        if len(run[-1].plain) > 1 or len(word.plain) > 1 or word.plain.isascii() or word.start != run[-1].end:
            break
        run.append(word)
    return run
