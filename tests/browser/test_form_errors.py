"""A form that is wrong says so where the person is: the summary takes the focus, and its links lead to the fields."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIZES


@pytest.mark.parametrize("size", SIZES)
def test_error_is_scrolled_to_and_focused(visit, size):
    visitor = visit(size)
    page = visitor.go("/access/")
    page.get_by_role("button", name="Send request").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    summary.get_by_role("link", name="Your name").click()
    expect(page.get_by_label("Your name")).to_be_focused()
    summary.get_by_role("link", name="Documents").click()
    expect(page.get_by_role("group", name="Documents")).to_be_focused()
    visitor.check()
