"""What strangers write has an hourly cap for each network: records, sessions, and what a session holds."""

import json
import logging
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.models import F
from django.test import Client

from tests import signin
from trustcenter.accounts import failures, middleware
from trustcenter.accounts.models import MailedCode, Session
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.web.models import Counter

PASSKEY = "/accounts/2fa/passkeys/login/"


def fail(client, number):
    """Types wrong passwords, with the limits of each minute and each address out of the way."""
    for place in range(number):
        signin.type_password(client, f"person{place}@example.com", "wrong")
        cache.clear()


def records(action):
    return Record.objects.filter(action=action)


def pass_time(seconds):
    Counter.objects.update(ends_at=F("ends_at") - timedelta(seconds=seconds))


def begin_session(client):
    """Asks for the options of a passkey, which are kept in a session."""
    return client.get(PASSKEY, headers={"X-Requested-With": "XMLHttpRequest"})


# Records


def test_failed_sign_ins_of_one_network_stop_being_recorded_and_one_record_says_so(client, caplog):
    with caplog.at_level(logging.WARNING, logger="trustcenter"):
        fail(client, 70)
    assert records(Action.SIGN_IN_FAILED).count() == failures.NETWORK_AN_HOUR == 60
    paused = records(Action.FAILURES_PAUSED).get()
    assert history.entry(paused).text == (
        "60 sign-ins failed within an hour. More are not recorded in that hour. Network: 127.0.0.1"
    )
    assert caplog.messages.count("60 failed sign-ins in an hour from 127.0.0.1") == 1
    fail(Client(REMOTE_ADDR="192.0.2.1"), 1)
    assert records(Action.SIGN_IN_FAILED).count() == 61
    pass_time(3600)
    fail(client, 1)
    assert records(Action.SIGN_IN_FAILED).count() == 62


def test_wrong_codes_count_for_the_same_cap(client, monkeypatch):
    monkeypatch.setattr(failures, "NETWORK_AN_HOUR", 4)
    for number in range(3):
        browser = Client()
        signin.ask_for_code(browser, f"person{number}@example.com")
        for _ in range(3):
            signin.type_code(browser, "BBBB-BBBB")
    assert records(Action.SIGN_IN_FAILED).count() == 4 and records(Action.FAILURES_PAUSED).count() == 1
    assert MailedCode.objects.filter(tries_left=0).count() == 3, "what is not recorded is still counted"


def test_many_networks_together_have_a_cap_too(monkeypatch):
    monkeypatch.setattr(failures, "SITE_AN_HOUR", 5)
    for number in range(8):
        fail(Client(REMOTE_ADDR=f"192.0.2.{number}"), 1)
    assert records(Action.SIGN_IN_FAILED).count() == 5
    assert json.loads(records(Action.FAILURES_PAUSED).get().detail.body)["address"] == "all"


# Sessions


def test_one_network_begins_so_many_sessions_in_an_hour(monkeypatch):
    monkeypatch.setattr(middleware, "SESSIONS_AN_HOUR", 5)
    answers = [begin_session(Client()) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
    assert "Try again in 60 minutes" in answers[-1].content.decode() and not answers[-1].cookies
    assert Session.objects.count() == 5
    assert begin_session(Client(REMOTE_ADDR="192.0.2.1")).status_code == 200
    pass_time(3600)
    assert begin_session(Client()).status_code == 200


def test_session_that_exists_needs_no_place(client, monkeypatch):
    monkeypatch.setattr(middleware, "SESSIONS_AN_HOUR", 1)
    assert [begin_session(client).status_code for _ in range(3)] == [200] * 3
    assert Session.objects.count() == 1


def test_pages_that_keep_nothing_need_no_session(client, monkeypatch):
    monkeypatch.setattr(middleware, "SESSIONS_AN_HOUR", 0)
    for path in ("/", "/access/", "/accounts/login/", "/accounts/login/code/", "/verify/"):
        assert client.get(path).status_code == 200
    signin.type_password(client, "nobody@example.com", "wrong")
    assert not Session.objects.exists() and not Counter.objects.filter(key__startswith="sessions").exists()


def test_answer_that_is_429_begins_no_session(client):
    for _ in range(10):
        client.post(PASSKEY, {})
    Session.objects.all().delete()
    refused = Client().post(f"{PASSKEY}?next=/my/", {})
    assert refused.status_code == 429 and not refused.cookies and not Session.objects.exists()


# What a session holds


@pytest.mark.parametrize("next_url", ["/my/?" + "x" * 2000, "/my/"])
def test_long_address_of_the_next_page_is_not_kept(client, next_url):
    signin.ask_for_code(client, "rhea@example.com", next=next_url)
    assert (client.session.get("next_after_code") == next_url) == (next_url == "/my/")


def test_session_keeps_few_messages(client):
    for _ in range(5):
        signin.ask_for_code(client, "rhea@example.com")
    for _ in range(50):
        client.post("/accounts/login/code/confirm/", {"action": "resend"})
    assert len(json.loads(client.session["_messages"])) <= 10
