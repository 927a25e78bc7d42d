"""How the words of a search find an answer: whatever their endings, and by the other names of the same thing."""

import re
from dataclasses import dataclass

from certifications.models import Claim

# English endings, so that "encryption" finds "encrypted" and "keys" finds "key"; with the letters that have to remain.
ENDINGS = (("ions", 4), ("ion", 4), ("ing", 4), ("ed", 4), ("s", 3))
# Names of one thing. Prospects search for the short ones, because questionnaires use them; answers spell them out.
NAMES = (
    ("mfa", "2fa", "two factor", "multi factor"),
    ("byok", "cmek", "bring your own key", "own encryption key", "customer managed key"),
    ("pentest", "pen test", "penetration test"),
)
# "SOC2", "SOC-2" and "SOC 2"; "ISO27001" and "ISO/IEC 27001".
NUMBERED = re.compile(r"\b(soc|iso|tls|aes)(?:/iec)?[ ]?(?=\d)")


@dataclass(frozen=True)
class Term:
    """A part of a search: an answer fits if it holds one of the spellings."""

    spellings: tuple[str, ...]
    # The names of one thing begin a word: "mfa" is not part of another. A single word may be anywhere.
    is_name: bool = False

    def fits(self, text: str) -> bool:
        if self.is_name:
            return any(re.search(rf"\b{re.escape(one)}", text) for one in self.spellings)
        return any(one in text for one in self.spellings)


def terms(words: str) -> list[Term]:
    """The parts of a search, of which an answer has to fit all."""
    rest, found = plain(words), []
    for names in NAMES:
        pattern = rf"\b(?:{'|'.join(map(re.escape, names))})\w*"
        if re.search(pattern, rest):
            rest = re.sub(pattern, " ", rest)
            found.append(Term(names, is_name=True))
    return found + [Term((_stem(word),)) for word in rest.split()]


def matches(claim: Claim, searched: list[Term]) -> bool:
    """Whether question and answer together fit each part.

    Done here and not in the database, because SQLite knows the case of ASCII letters only.
    """
    text = plain(f"{claim.question} {claim.answer}")
    return all(term.fits(text) for term in searched)


def in_question(claim: Claim, searched: list[Term]) -> bool:
    """Whether the question alone fits each part."""
    text = plain(claim.question)
    return all(term.fits(text) for term in searched)


def marks(searched: list[Term]) -> list[str]:
    """What is highlighted in the answers that were found."""
    return [one for term in searched for one in term.spellings]


def plain(text: str) -> str:
    """The text as it is compared: in lower case, without hyphens, and with one spelling of numbered standards."""
    return NUMBERED.sub(r"\1", text.casefold().replace("-", " "))


def _stem(word: str) -> str:
    for ending, at_least in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= at_least:
            return word.removesuffix(ending)
    return word
