"""Answers are the same for known, unknown, staff and closed accounts, so nobody learns who is a prospect or works here."""

import re

import pytest

from tests import cast, signin
from trustcenter.work.models import Mail


def known():
    return cast.rhea()


def closed():
    user = cast.vera()
    user.is_active = False
    user.save()
    return user


def staff():
    return cast.ada()


def unknown():
    return None


@pytest.fixture(params=[known, closed, staff, unknown], ids=lambda who: who.__name__)
def address(request, db):
    user = request.param()
    return user.email if user else "nobody@example.com"


def words(response, address):
    text = response.content.decode().replace(address, "ADDRESS")
    return re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", text)


@pytest.fixture
def expected(client):
    signin.ask_for_code(client, "reference@example.com")
    return words(client.get("/accounts/login/code/confirm/"), "reference@example.com")


@pytest.mark.once
def test_request_for_a_code_gets_the_same_answer(other_browser, address, expected):
    answer = signin.ask_for_code(other_browser, address)
    assert (answer.status_code, answer.url) == (302, "/accounts/login/code/confirm/")
    assert words(other_browser.get(answer.url), address) == expected
    assert Mail.objects.filter(to=address).count() == 1


@pytest.mark.once
def test_wrong_code_gets_the_same_answer(client, address):
    signin.ask_for_code(client, address)
    answers = [signin.type_code(client, "BBBB-BBBB") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert answers[2].url == "/accounts/login/code/"


def test_request_for_another_code_gets_the_same_answer(client, address):
    signin.ask_for_code(client, address)
    answer = client.post("/accounts/login/code/confirm/", {"action": "resend"})
    assert (answer.status_code, answer.url) == (302, "/accounts/login/code/confirm/")


def test_wrong_password_gets_the_same_answer(client, address):
    answer = signin.type_password(client, address, "not the password")
    assert answer.status_code == 200
    assert b"The e-mail address or the password is not correct" in answer.content


def test_request_for_a_password_reset_gets_the_same_answer(client, address):
    answer = client.post("/accounts/password/reset/", {"email": address})
    assert (answer.status_code, answer.url) == (302, "/accounts/password/reset/confirm/")
    assert Mail.objects.filter(to=address).count() == 1


@pytest.mark.parametrize("who", [staff, closed])
def test_staff_and_closed_accounts_get_a_mail_without_a_code(client, db, who):
    user = who()
    signin.ask_for_code(client, user.email)
    assert not signin.CODE.search(Mail.objects.get(to=user.email).body)
