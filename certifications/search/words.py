"""Cuts a text into words that can be compared: without case and accents, with one stem and one spelling each.

The index, the search and the highlights cut in the same way, on both databases. A stem is of ASCII letters and digits
only and begins with a letter, so that neither database's own rules about words change anything.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# Scripts that write no spaces: each sign is a word, and several in a row are a phrase.
SIGNS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
# A word, or a sign. "1.2" is one word.
WORD = re.compile(rf"[{SIGNS}]|[^\W_{SIGNS}]+(?:\.\d+)*")
# "SOC 2" is one word, as is "SOC2"; "ISO/IEC 27001" is "ISO 27001".
NUMBERED = frozenset({"soc", "iso", "tls", "aes", "sha", "article", "art"})
BETWEEN = frozenset({"iec"})
# English endings and what takes their place, with the letters that have to remain before them.
ENDINGS = (("ies", "y", 2), ("ions", "", 4), ("ion", "", 4), ("ing", "", 4), ("ed", "", 4), ("s", "", 3))
LONGEST = 40


class Word(NamedTuple):
    """A word of a text: its stem, itself in lower case, and where it stands."""

    stem: str
    plain: str
    start: int
    end: int


def cut(text: str) -> list[Word]:
    """The words of a text in order."""
    found: list[Word] = []
    for match in WORD.finditer(text):
        plain, start, end = match[0].casefold(), match.start(), match.end()
        # The genitive: "the company's".
        if plain == "s" and start and text[start - 1] in "'’":
            continue
        before = found[-1] if found else None
        if before and plain[0].isdigit() and start - before.end <= 2:
            if before.plain in BETWEEN and len(found) > 1 and found[-2].plain in NUMBERED:
                found.pop()
                before = found[-1]
            if before.plain in NUMBERED:
                found[-1] = Word(stem(before.plain + plain), before.plain + plain, before.start, end)
                continue
        found.append(Word(stem(plain), plain, start, end))
    return found


@lru_cache(maxsize=20_000)
def stem(plain: str) -> str:
    """What stays the same in all forms of a word: "encrypted" and "encryption" have one stem."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one)).casefold()
    if bare.isascii() and bare.isalpha():
        bare = _without_ending(bare)
    # Letters of other scripts by their numbers. A point stands between figures only.
    spelled = (one if one.isascii() and one.isalnum() else f"x{ord(one):x}" for one in bare)
    return "w" + "".join(spelled)[:LONGEST]


def _without_ending(word: str) -> str:
    for ending, instead, at_least in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= at_least and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    # "certificate" as "certification", "store" as "stored".
    return word[:-1] if word.endswith("e") and len(word) > 4 else word
