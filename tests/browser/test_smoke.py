"""The site starts for a newcomer, and its public pages have no errors at both sizes."""

import pytest

from tests.browser.conftest import SIZES, status_of

# With axe, the walk of prospect, approver and sales checks these in each size and scheme.
WALKED = ["/", "/answers/", "/subprocessors/", "/documents/"]
NOT_WALKED = ["/changes/", "/access/", "/verify/"]


@pytest.mark.parametrize("size", SIZES)
def test_public_pages_have_no_errors(visit, size):
    visitor = visit(size)
    for path in [*WALKED, *NOT_WALKED]:
        page = visitor.go(path)
        assert page.title()
        assert page.locator("h1").count() == 1
        if path in NOT_WALKED:
            visitor.check()
        else:
            visitor.check_without_axe()


def test_start_prints_the_address_and_the_accounts(site):
    said = site.said()
    assert f"{site.url}/" in said
    for words in ("rhea@example.com", "ada@trust.example", "sal@trust.example", "/mailbox/"):
        assert words in said


def test_demo_has_a_mailbox_page(site):
    assert status_of(f"{site.url}/mailbox/") == 200
