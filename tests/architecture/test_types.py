"""Every `type: ignore` names the error and gives the reason in the same comment."""

import re

import pytest

from tests.architecture.test_imports import sources

IGNORED = re.compile(r"#\s*type:\s*ignore(.*)")
REASONED = re.compile(r"\[[a-z, -]+\]  # \S.*")


def without_reason(source: str) -> list[str]:
    """What follows each `type: ignore` that lacks the error's name or a reason."""
    return [rest for rest in IGNORED.findall(source) if not REASONED.fullmatch(rest)]


def test_every_ignored_error_has_a_name_and_a_reason():
    found = {path: without_reason(path.read_text()) for path in sources()}
    assert {path: rest for path, rest in found.items() if rest} == {}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x = 1  # type: ignore", True),
        ("x = 1  # type: ignore[misc]", True),
        ("x = 1  # type: ignore  # it is so", True),
        ("x = 1  # type: ignore[misc]  # asn1crypto ships no types", False),
        ("x = 1  # a type", False),
    ],
)
def test_planted_lines_are_found(line, found):
    assert bool(without_reason(line)) is found
