"""Mail to people who proved nothing has caps: for a mailbox, a network and the whole site, over all forms together."""

import logging
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from ndaflow.requests.models import AccessRequest
from tests import cast, signin
from tests.certifications import content
from tests.races import at_once
from trustcenter.accounts import mail_limits
from trustcenter.accounts.mail_limits import MAILBOX, NETWORK, SITE
from trustcenter.accounts.models import MailedCode, Session, User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit.models import Record
from trustcenter.web.models import Counter
from trustcenter.work.models import Mail

RHEA = "rhea@example.com"
SHORT, DAY = MAILBOX
CONFIRM = "/accounts/login/code/confirm/"


def strangers(number, start=0):
    return [Client(REMOTE_ADDR=f"192.0.2.{place}") for place in range(start, start + number)]


def pass_time(seconds):
    Counter.objects.update(ends_at=F("ends_at") - timedelta(seconds=seconds))


def ask_for_reset(client, email):
    return client.post("/accounts/password/reset/", {"email": email})


def ask_for_documents(client, email):
    form = {"name": "Rhea", "company_name": "Example", "reason": "Vendor review.", "documents": ["soc2"]}
    return client.post("/access/", form | {"email": email})


def resend(client):
    return client.post(CONFIRM, {"action": "resend"}, follow=True)


def share(client, email):
    return client.post("/desk/share/", {"email": email})


@pytest.fixture
def sal(client):
    content.publish()
    return signin.staff_client(client, cast.sal())


# One mailbox


def test_all_forms_together_fill_one_mailbox(sal):
    cast.requestable("soc2")
    one, two, three = strangers(3)
    assert signin.ask_for_code(one, RHEA).status_code == 302
    resend(one)
    assert ask_for_reset(two, RHEA).status_code == 302
    assert ask_for_documents(three, RHEA).status_code == 302
    assert share(sal, RHEA).status_code == 302
    assert Mail.objects.filter(to=RHEA).count() == SHORT.limit == 5
    sentence = str(Refusal.MAILBOX_FULL.label)
    for answer in (
        signin.ask_for_code(two, RHEA),
        ask_for_reset(one, RHEA),
        ask_for_documents(one, RHEA),
    ):
        assert answer.status_code == 429 and sentence in answer.content.decode()
    assert sentence in resend(one).content.decode()
    assert sentence in share(sal, RHEA).content.decode()
    assert Mail.objects.filter(to=RHEA).count() == SHORT.limit
    assert signin.ask_for_code(two, "vera@example.com").status_code == 302


def test_one_mailbox_gets_fifteen_mails_in_a_day():
    for number in range(4):
        for stranger in strangers(5, number * 10):
            signin.ask_for_code(stranger, RHEA)
        pass_time(SHORT.seconds)
    assert Mail.objects.filter(to=RHEA).count() == DAY.limit == 15
    refused = signin.ask_for_code(Client(), RHEA)
    assert refused.status_code == 429 and "try again tomorrow" in refused.content.decode()
    pass_time(DAY.seconds)
    assert signin.ask_for_code(Client(), RHEA).status_code == 302


def test_soft_hyphens_and_other_spellings_reach_no_mailbox_more_often():
    """Forty variants of one address reached one mailbox in ten seconds."""
    local, domain = RHEA.split("@")
    for place in range(1, len(domain)):
        assert signin.ask_for_code(Client(), f"{local}@{domain[:place]}\u00ad{domain[place:]}").status_code == 200
    assert not Mail.objects.exists() and not Counter.objects.filter(key__startswith="mails-").exists()
    for spelling in ("RHEA@example.com", " rhea@Example.COM ", "Rhea@EXAMPLE.com", "rHea@example.com", RHEA):
        assert signin.ask_for_code(Client(), spelling).status_code == 302
    assert signin.ask_for_code(Client(), "RheA@example.com").status_code == 429


@pytest.mark.parametrize("who", ["unknown", "prospect", "staff", "closed"])
def test_answer_beyond_the_cap_is_the_same_for_every_address(who, ada):
    email = {"unknown": "nobody@example.com", "prospect": RHEA, "staff": ada.email, "closed": "closed@example.com"}[who]
    if who == "closed":
        cast.person(email, "Closed")
        User.objects.filter(email=email).update(is_active=False)
    if who == "prospect":
        cast.rhea()
    statuses = [signin.ask_for_code(stranger, email).status_code for stranger in strangers(6)]
    assert statuses == [302] * 5 + [429]
    assert Mail.objects.filter(to=email).count() == 5
    assert ask_for_reset(Client(), email).status_code == 429


def test_parallel_resends_write_no_more_mails_than_the_mailbox_may_have(racing):
    """One request for a code became 26 mails."""
    signin.ask_for_code(browser := Client(), RHEA)
    session = browser.cookies["session"].value

    def again():
        other = Client()
        other.cookies["session"] = session
        other.post(CONFIRM, {"action": "resend"})

    at_once([again] * 16)
    assert Mail.objects.filter(to=RHEA).count() <= SHORT.limit


def test_parallel_requests_of_many_networks_write_no_more_mails_than_the_mailbox_may_have(racing):
    at_once([lambda stranger=stranger: signin.ask_for_code(stranger, RHEA) for stranger in strangers(16)])
    assert Mail.objects.filter(to=RHEA).count() == SHORT.limit


# One network, and the site


def test_one_network_has_a_cap_over_all_forms(client, caplog):
    (cap,) = NETWORK
    for number in range(cap.limit):
        ask = signin.ask_for_code if number % 2 else ask_for_reset
        assert ask(client, f"person{number}@example.com").status_code == 302
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            refused = ask_for_reset(client, "one.more@example.com")
    assert refused.status_code == 429 and "from your network" in refused.content.decode()
    assert Mail.objects.count() == cap.limit
    assert [record.getMessage() for record in caplog.records if "no more mails" in record.getMessage()] == [
        "no more mails: mails-network allows 40 in 3600 seconds; last asked from 127.0.0.1"
    ]
    assert signin.ask_for_code(Client(REMOTE_ADDR="192.0.2.1"), "one.more@example.com").status_code == 302


def test_whole_site_has_a_cap_that_a_known_browser_does_not_need(client, monkeypatch):
    signin.sign_in_by_code(client, RHEA)
    client.post("/accounts/logout/")
    monkeypatch.setattr(mail_limits, "SITE", (SITE[0]._replace(limit=3),))
    for stranger in strangers(2):
        assert signin.ask_for_code(stranger, "vera@example.com").status_code == 302
    refused = signin.ask_for_code(Client(REMOTE_ADDR="192.0.2.9"), "otto@example.com")
    assert refused.status_code == 429 and "from this site at the moment" in refused.content.decode()
    assert signin.ask_for_code(client, RHEA).status_code == 302


def test_refusals_take_nothing_of_what_the_site_may_send():
    for stranger in strangers(9):
        signin.ask_for_code(stranger, RHEA)
    assert Counter.objects.get(key__startswith="mails-site").count == SHORT.limit


def test_nothing_is_written_beyond_the_cap():
    cast.requestable("soc2")
    for stranger in strangers(5):
        signin.ask_for_code(stranger, RHEA)
    tables = (AccessRequest, Record, Mail, MailedCode, Session, User)
    before = [table.objects.count() for table in tables]
    browser = Client()
    for ask in (ask_for_documents, ask_for_reset, signin.ask_for_code):
        assert ask(browser, RHEA).status_code == 429
    signin.ask_for_code(browser, RHEA, next="/my/")
    assert [table.objects.count() for table in tables] == before
    assert "session" not in browser.cookies
