"""What differs between two texts, word by word."""

from dataclasses import dataclass
from difflib import SequenceMatcher

# Texts with more pairs of words than that count as wholly different: comparing them could take seconds.
MOST_PAIRS = 4_000_000


@dataclass(frozen=True)
class Piece:
    """Some words of a text, and whether they stand only on its side."""

    words: str
    changed: bool


def pieces(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """The words of both texts in order. A side without words has no pieces."""
    old, new = before.split(), after.split()
    former, later = list[Piece](), list[Piece]()
    for kind, i1, i2, j1, j2 in _opcodes(old, new):
        changed = kind != "equal"
        if i2 > i1:
            former.append(Piece(" ".join(old[i1:i2]), changed))
        if j2 > j1:
            later.append(Piece(" ".join(new[j1:j2]), changed))
    return former, later


def _opcodes(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > MOST_PAIRS:
        return [("equal" if old == new else "replace", 0, len(old), 0, len(new))]
    return [*SequenceMatcher(None, old, new, autojunk=False).get_opcodes()]
