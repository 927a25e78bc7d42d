"""Corrects the spelling of a search by the words of the content."""

from collections.abc import Iterable
from dataclasses import dataclass

from certifications.models import SearchEntry
from certifications.search.query import COMMON, Query
from certifications.search.synonyms import KNOWN
from certifications.search.words import cut, stem

# A shorter word is too close to too many.
SHORTEST = 3
# A word of fewer letters is corrected in one letter after its first, and only where a single known word is so close.
SURE_FROM = 4


@dataclass(frozen=True)
class Vocabulary:
    """Every word of the content, and its stems."""

    words: frozenset[str]
    stems: frozenset[str]


def vocabulary() -> Vocabulary:
    """The words of the content as it is now; one query. It is read once for each edition: thousands of rows take longer
    than the search itself."""
    lines = SearchEntry.objects.values_list("words", flat=True)
    words = frozenset({*" ".join(lines).split(), *KNOWN})
    return Vocabulary(words, frozenset(stem(word) for word in words))


def better(query: Query, known: Vocabulary) -> str:
    """The search with each unknown word replaced by the closest known one; "" if nothing is closer."""
    changed, corrected = False, []
    for word in cut(query.typed):
        plain = word.plain
        if plain not in COMMON and len(plain) >= SHORTEST and plain.isalpha() and not _begins(word.stem, known.stems):
            closest = _closest(plain, known.words)
            changed |= bool(closest)
            plain = closest or plain
        corrected.append(plain)
    return " ".join(corrected) if changed else ""


def _begins(one: str, stems: frozenset[str]) -> bool:
    return one in stems or any(other.startswith(one) for other in stems)


def _closest(word: str, words: Iterable[str]) -> str:
    """The word with the fewest letters changed: one, or two in a long word; "" if none is so close."""
    most = 1 if len(word) < 8 else 2
    letters = set(word)
    found: list[tuple[int, bool, str]] = []
    for other in words:
        if len(word) < SURE_FROM and (len(other), other[0]) != (len(word), word[0]):
            continue
        # Each change adds at most one letter and takes at most one away.
        if abs(len(other) - len(word)) > most or len(letters.symmetric_difference(other)) > 2 * most:
            continue
        away = distance(word, other, most)
        if away <= most:
            # Of two at the same distance, the one that begins alike.
            found.append((away, other[0] != word[0], other))
    if not found or (len(word) < SURE_FROM and len(found) > 1):
        return ""
    return min(found)[2]


def distance(one: str, other: str, most: int) -> int:
    """How many letters are added, left out, replaced or swapped with the next one; `most` + 1 if there are more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, its in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
