"""The text of an agreement as a page shows it."""

import re

import pytest

from ndaflow.agreements.text import as_html, reading_minutes, sections

pytestmark = pytest.mark.once

TEXT = "# An agreement\n\n## 1. Purpose\n\nWords.\n\n## 2. Term\n\n### Details\n"


def test_headings_are_below_those_of_the_page():
    assert "<h1>An agreement</h1>" in as_html(TEXT) and "<h2>1. Purpose</h2>" in as_html(TEXT)
    below = as_html(TEXT, below=2)
    assert "<h3>An agreement</h3>" in below and "<h4>1. Purpose</h4>" in below and "<h5>Details</h5>" in below
    assert "<h6>Details</h6>" in as_html(TEXT, below=5) and "<h7" not in as_html(TEXT, below=5)


def test_skipped_levels_of_headings_are_closed_up():
    text = "### First\n\n# Second\n\n#### Third\n\n#### Fourth\n\n## Fifth\n"
    assert re.findall(r"<h(\d)>", as_html(text)) == ["1", "1", "2", "2", "2"]
    assert re.findall(r"<h(\d)>", as_html(text, below=2)) == ["3", "3", "4", "4", "4"]


def test_text_cannot_contain_active_content():
    hostile = as_html("<script>alert(1)</script> [a](https://example.com) ![b](https://example.com/b.png)")
    assert "<script" not in hostile and "<a" not in hostile and "<img" not in hostile


def test_sections_and_reading_time():
    assert sections(TEXT) == 2 and sections("Only words.") == 0
    assert reading_minutes("") == 1 and reading_minutes("word " * 1150) == 5
