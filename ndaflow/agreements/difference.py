"""What a new text of an agreement changes, passage by passage and word by word."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ndaflow.agreements.text import Block, blocks
from trustcenter.web.difference import Piece, pieces

# From here on two passages are the same one, changed; below it, one was removed and another one added.
ALIKE = 0.5
# More pairs than that are not compared: texts with nothing in common would take minutes.
MOST_PAIRS = 2500


@dataclass(frozen=True)
class Passage:
    """One changed passage, below the heading where it stands. A side without words was added or removed whole."""

    heading: str
    former: list[Piece]
    new: list[Piece]


def passages(former: str, new: str) -> list[Passage]:
    """The passages that differ, in the order of the new text; none if every word is the same."""
    old_blocks, new_blocks = blocks(former), blocks(new)
    old_words, new_words = [one.words for one in old_blocks], [one.words for one in new_blocks]
    found = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old_words, new_words, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for i, j in _pairs(old_words[i1:i2], new_words[j1:j2]):
            before = old_words[i1 + i] if i is not None else ""
            after = new_words[j1 + j] if j is not None else ""
            heading = _heading(new_blocks, j1 + j) if j is not None else _heading(old_blocks, i1 + (i or 0))
            found.append(Passage(heading, *pieces(before, after)))
    return found


def _pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Which of the old passages became which of the new ones, in order; None for added and removed ones."""
    best, at = ALIKE, None
    if len(old) * len(new) <= MOST_PAIRS:
        for i, before in enumerate(old):
            for j, after in enumerate(new):
                compared = SequenceMatcher(None, before.split(), after.split(), autojunk=False)
                if compared.quick_ratio() > best and (ratio := compared.ratio()) > best:
                    best, at = ratio, (i, j)
    if at is None:
        return [*((i, None) for i in range(len(old))), *((None, j) for j in range(len(new)))]
    i, j = at
    left, right = _pairs(old[:i], new[:j]), _pairs(old[i + 1 :], new[j + 1 :])
    shifted = [(None if a is None else a + i + 1, None if b is None else b + j + 1) for a, b in right]
    return [*left, (i, j), *shifted]


def _heading(among: Sequence[Block], at: int) -> str:
    """The heading of the section in which the block at that place stands; itself if it is one."""
    return next((one.words for one in reversed(among[: at + 1]) if one.is_heading), "")
