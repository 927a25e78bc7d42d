"""What a new text changes, as the preview shows it."""

import time

import pytest

from ndaflow.agreements.difference import passages
from ndaflow.agreements.text import blocks

pytestmark = pytest.mark.once

TEXT = """# Mutual NDA

## 5. Disclosure

To its employees, officers and advisers who need it.

## 9. Term

This agreement runs for **two** years.

1. It ends earlier by notice.
2. It may be renewed.
"""


def sides(found):
    """Each passage as text: [removed], {added}."""

    def side(pieces, marks):
        return " ".join(f"{marks[0]}{one.words}{marks[1]}" if one.changed else one.words for one in pieces)

    return [(one.heading, side(one.former, "[]"), side(one.new, "{}")) for one in found]


def test_changed_words_are_marked_below_their_heading():
    new = TEXT.replace("officers and", "officers, regulators and").replace("two", "three")
    assert sides(passages(TEXT, new)) == [
        (
            "5. Disclosure",
            "To its employees, [officers] and advisers who need it.",
            "To its employees, {officers, regulators} and advisers who need it.",
        ),
        ("9. Term", "This agreement runs for [two] years.", "This agreement runs for {three} years."),
    ]


def test_added_and_removed_passages_stand_alone():
    new = TEXT.replace("# Mutual NDA\n", "# Mutual NDA\n\nBetween the parties.\n").replace(
        "2. It may be renewed.\n", ""
    )
    assert sides(passages(TEXT, new)) == [
        ("Mutual NDA", "", "{Between the parties.}"),
        ("9. Term", "[2. It may be renewed.]", ""),
    ]


def test_changed_passage_is_found_beside_an_added_one():
    new = TEXT.replace("This agreement runs for **two**", "A new sentence.\n\nThis agreement runs for **three**")
    assert [(bool(one.former), bool(one.new)) for one in passages(TEXT, new)] == [(False, True), (True, True)]


def test_form_is_no_difference_and_a_number_is():
    assert passages(TEXT, TEXT.replace("**two** years.", "two\nyears.")) == []
    assert sides(passages(TEXT, TEXT.replace("1. It ends", "4. It ends").replace("2. It may", "5. It may"))) == [
        ("9. Term", "[1.] It ends earlier by notice.", "{4.} It ends earlier by notice."),
        ("9. Term", "[2.] It may be renewed.", "{5.} It may be renewed."),
    ]


def test_blocks_are_the_words_that_a_reader_sees():
    assert [one.words for one in blocks("# A\n\nB *c*  \nd\n\n- e\n\n```\nf\n```\n")] == ["A", "B c d", "e", "f"]


def test_texts_with_nothing_in_common_take_no_minutes():
    started = time.process_time()
    found = passages(*("\n\n".join(f"{word} {n} {word * 3}" for n in range(800)) for word in ("one", "two")))
    assert len(found) == 1600 and time.process_time() - started < 5
