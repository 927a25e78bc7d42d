import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import cast, signin
from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role

LIST = "/desk/people/"


def shown(client, **query):
    """The addresses on the page, in its order."""
    page = client.get(LIST, query)
    assert page.status_code == 200
    table = page.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r"[\w.]+@[\w.]+", table)


@pytest.fixture
def everyone(ada, ben):
    """Ada and Ben of the staff, Sal who is closed and never had a second factor, and Rhea, who asks."""
    now = timezone.now()
    sal, rhea = cast.sal(), cast.rhea()
    User.objects.filter(pk=rhea.pk).update(proven_at=now, last_login=now - timedelta(days=3))
    User.objects.filter(pk=ben.pk).update(last_login=now - timedelta(days=1))
    User.objects.filter(pk=sal.pk).update(is_active=False)
    # Nobody has proven this address, so it is no person yet.
    cast.otto()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "ada ben sal"),
        ({"show": "administrator"}, "ada"),
        ({"show": "approver"}, "ben"),
        ({"show": "no-factor"}, ""),
        ({"show": "closed"}, "sal"),
        ({"show": "requesters"}, "rhea"),
        ({"q": "BEN@Trust.example"}, "ben"),
        ({"q": "seller"}, "sal"),
        ({"show": "requesters", "q": "example.com"}, "rhea"),
        ({"show": "nonsense", "q": "%_\\", "page": "x"}, ""),
    ],
)
def test_list_is_filtered_and_searched_and_begins_with_the_last_sign_in(client, everyone, query, expected):
    assert [address.partition("@")[0] for address in shown(client, **query)] == expected.split()


def test_line_says_how_somebody_signs_in(client, everyone):
    signin.give_passkey(User.objects.get(email="ben@trust.example"))
    page = client.get(LIST).content.decode()
    assert "Authenticator app, 1 passkey" in page and "None yet" in page and "Closed" in page
    assert "A code by e-mail" in client.get(LIST, {"show": "requesters"}).content.decode()


def test_colleague_without_a_second_factor_is_found(client, ada):
    cast.ben()
    assert shown(client, show="no-factor") == ["ben@trust.example"]


def test_filters_say_how_many_they_show(client, everyone):
    page = client.get(LIST).content.decode()
    found = dict(re.findall(r'href="\?show=([\w-]+)".*?<span class="number">(\d+)</span>', page, re.DOTALL))
    assert (found["staff"], found["administrator"], found["closed"], found["requesters"]) == ("3", "1", "1", "1")


def test_list_costs_the_same_number_of_queries_for_many_people(client, ada, django_assert_num_queries):
    for number in range(40):
        user = cast.person(f"colleague-{number}@trust.example", f"Colleague {number}", "approver", "sales")
        signin.give_passkey(user)
    client.get(LIST)
    # The session, the person and her permissions; the counts; the page with roles, permissions, addresses and factors.
    with django_assert_num_queries(8):
        client.get(LIST)


def test_page_of_a_person_costs_the_same_number_of_queries_for_a_long_history(
    client, ada, ben, django_assert_num_queries
):
    for number in range(3):
        request = cast.open_request(cast.person(f"rhea-{number}@example.com", "Rhea"), cast.document(f"soc-{number}"))
        cast.flows.ask_question(request, by=ben, text="Which entity?")
    for roles in (["sales"], ["approver"], ["sales", "approver"], ["approver"]):
        seen = [group.name for group in ben.groups.all()]
        staff.change_roles(User.objects.get(pk=ben.pk), map(Role, roles), seen=seen, by=ada)
    client.get(f"/desk/people/{ben.pk}/")
    # The session, the person and her permissions; Ben with roles, permissions, addresses and factors; what ends; the log.
    with django_assert_num_queries(11):
        client.get(f"/desk/people/{ben.pk}/")


def test_nobody_without_the_permission_gets_the_list(client, ben):
    signin.staff_client(client, ben)
    answer = client.get(LIST)
    assert answer.status_code == 403 and "Go to the desk" in answer.content.decode()
    assert 'href="/desk/people/"' not in client.get("/desk/").content.decode()


def test_auditor_reads_and_changes_nothing(client, ben):
    signin.staff_client(client, cast.person("iris@trust.example", "Iris", "auditor"))
    assert "Add a colleague" not in client.get(LIST).content.decode()
    page = client.get(f"/desk/people/{ben.pk}/").content.decode()
    assert "Approver" in page and "<form method" not in page.partition("<main")[2]
    for step in ("roles", "close", "reopen", "start-over"):
        assert client.post(f"/desk/people/{ben.pk}/{step}/").status_code == 403
    assert client.post("/desk/people/add/").status_code == 403
