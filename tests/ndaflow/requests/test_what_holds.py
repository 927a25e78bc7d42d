"""The page of a request says what has been decided so far, what holds after it ended, and what withdrawing would end."""

import pytest
from django.urls import reverse

from ndaflow.requests import flows
from tests import cast
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def rhea(client):
    person = cast.rhea()
    client.force_login(person)
    return person


def page_of(client, request) -> str:
    return client.get(reverse("requests:request", args=[request.pk])).content.decode()


def test_the_first_of_two_approvals_is_told_to_both_sides(client, rhea):
    ada, ben, version = cast.ada(), cast.ben(), cast.nda()
    request = cast.open_request(rhea, cast.document("plan", "restricted"))
    cast.sign(request, rhea, version)
    Mail.objects.all().delete()
    cast.approve(request, ada)
    page = page_of(client, request)
    assert "1 of 2 approvals given" in page and "1 of 2 approvals given for Plan" in page
    assert "We approved" not in page
    told = Mail.objects.get()
    assert told.to == ben.email and "another person" in told.body and "“Ada Approver”" in told.body
    cast.approve(request, ben)
    assert "We approved Plan until" in page_of(client, request)


def test_one_approval_of_one_asks_nobody_for_a_second(rhea):
    ada, version = cast.ada(), cast.nda()
    cast.ben()
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    assert not Mail.objects.filter(subject__startswith="Another approval").exists()


def test_a_replaced_request_names_the_one_that_holds(client, rhea):
    ada = cast.ada()
    report = cast.document("report")
    first = cast.granted(rhea, ada, report)
    second = cast.open_request(rhea, report)
    cast.approve(second, ada, days=60)
    page = page_of(client, first)
    grant = second.items.get().grant
    assert "What is open to you now" in page and f"request {second.reference}" in page
    assert f'datetime="{grant.ends_at:%Y-%m-%d}"' in page
    assert "What is open to you now" not in page_of(client, second)


def test_a_revoked_request_says_that_nothing_is_left(client, rhea):
    ada = cast.ada()
    request = cast.granted(rhea, ada, cast.document("report"))
    flows.revoke(cast.fresh(request), by=ada, reason="Over.")
    page = page_of(client, request)
    assert "What is open to you now" in page and "Nothing. You can request access again." in page


def test_withdrawing_asks_once_and_says_what_ends(client, rhea):
    request = cast.open_request(rhea, cast.document("report"))
    page = page_of(client, request)
    question = page.partition("Withdraw this request?")[2].partition("</form>")[0]
    assert "no longer asks for: Report" in question
    # The button that withdraws is inside the question, which is closed at first.
    assert page.index("<details") < page.index("Withdraw this request?") < page.index("Withdraw the request")
