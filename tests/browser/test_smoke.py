"""The site starts for a newcomer and its public pages are clean at both sizes."""

import pytest

from tests.browser.conftest import SIZES, status_of

PUBLIC = ["/", "/answers/", "/subprocessors/", "/documents/", "/access/", "/verify/"]


@pytest.mark.parametrize("size", SIZES)
def test_public_pages_are_clean(visit, size):
    visitor = visit(size)
    for path in PUBLIC:
        page = visitor.go(path)
        assert page.title()
        assert page.locator("h1").count() == 1
        visitor.check()


def test_start_says_where_to_go_and_who_to_be(site):
    said = site.said()
    assert f"{site.url}/" in said
    for words in ("rhea@example.com", "ada@trust.example", "sal@trust.example", "/mailbox/"):
        assert words in said


def test_demo_shows_its_mailbox(site):
    assert status_of(f"{site.url}/mailbox/") == 200
