import re
import time

import pytest
from allauth.account.models import EmailAddress

from tests import cast, signin
from trustcenter.accounts import codes
from trustcenter.accounts.models import User
from trustcenter.accounts.signals import mailbox_proven
from trustcenter.work.models import Mail

RHEA = "rhea@example.com"


def test_code_signs_in_and_verifies_the_address(client):
    answer = signin.ask_for_code(client, " Rhea@Example.com ")
    assert (answer.status_code, answer.url) == (302, "/accounts/login/code/confirm/")
    answer = signin.type_code(client, signin.mailed_code(RHEA))
    assert (answer.status_code, answer.url) == (302, "/my/")
    rhea = User.objects.get(email=RHEA)
    assert client.session["_auth_user_id"] == rhea.pk
    assert not rhea.has_usable_password()
    assert EmailAddress.objects.get(user=rhea).verified


@pytest.mark.parametrize("spelling", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_code_is_accepted_in_other_spellings(client, spelling):
    signin.ask_for_code(client, RHEA)
    signin.type_code(client, spelling(signin.mailed_code(RHEA)))
    assert signin.is_signed_in(client)


def test_third_wrong_code_ends_the_attempt(client):
    signin.ask_for_code(client, RHEA)
    code = signin.mailed_code(RHEA)
    for _ in range(2):
        assert b"This code is not correct" in signin.type_code(client, "BBBB-BBBB").content
    assert signin.type_code(client, "BBBB-BBBB").status_code == 302
    signin.type_code(client, code)
    assert not signin.is_signed_in(client)


def test_code_expires_after_ten_minutes(client, monkeypatch):
    signin.ask_for_code(client, RHEA)
    code = signin.mailed_code(RHEA)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    answer = signin.type_code(client, code)
    assert not signin.is_signed_in(client)
    assert b"This code no longer works" in client.get(answer.url).content


def test_code_works_once(client):
    signin.sign_in_by_code(client, RHEA)
    code = signin.mailed_code(RHEA)
    client.post("/accounts/logout/")
    signin.ask_for_code(client, RHEA)
    signin.type_code(client, code)
    assert not signin.is_signed_in(client)


def test_code_works_only_in_the_browser_that_asked_for_it(client, other_browser):
    signin.ask_for_code(client, RHEA)
    code = signin.mailed_code(RHEA)
    signin.type_code(other_browser, code)
    assert not signin.is_signed_in(other_browser)
    signin.ask_for_code(other_browser, RHEA)
    signin.type_code(other_browser, code)
    assert not signin.is_signed_in(other_browser)


def test_code_can_be_mailed_twice_more_and_the_two_newest_work(client):
    signin.ask_for_code(client, RHEA)
    for _ in range(3):
        client.post("/accounts/login/code/confirm/", {"action": "resend"})
    assert Mail.objects.filter(to=RHEA).count() == 3
    oldest = signin.CODE.search(Mail.objects.filter(to=RHEA).last().body)[1]
    signin.type_code(client, oldest)
    assert not signin.is_signed_in(client)
    signin.type_code(client, signin.mailed_code(RHEA))
    assert signin.is_signed_in(client)


def test_another_code_says_so_and_leaves_the_former_one_good(client):
    signin.ask_for_code(client, RHEA)
    first = signin.mailed_code(RHEA)
    page = client.post("/accounts/login/code/confirm/", {"action": "resend"}, follow=True)
    assert b"We have sent another e-mail to rhea@example.com" in page.content
    second = signin.mailed_code(RHEA)
    assert first != second
    signin.type_code(client, first)
    assert signin.is_signed_in(client)
    client.post("/accounts/logout/")
    signin.type_code(client, second)
    assert not signin.is_signed_in(client), "one of the two is used"


def test_signing_out_says_so_at_once(client):
    signin.sign_in_by_code(client, RHEA)
    page = client.post("/accounts/logout/", follow=True)
    assert b"<h1>You are signed out</h1>" in page.content
    # Nothing is left to say later, and no session is opened to say it.
    assert b"signed out" not in client.get("/accounts/login/").content.lower().partition(b"<main")[2]


def test_code_mail_has_no_link(client):
    signin.ask_for_code(client, RHEA)
    mail = Mail.objects.get(to=RHEA)
    assert not re.search(r"https?:|www\.|/accounts|127\.0\.0\.1|localhost", mail.body + mail.subject)
    assert signin.mailed_code(RHEA) not in mail.subject


def test_mail_scanner_that_opens_every_page_does_not_use_the_code(client, other_browser):
    signin.ask_for_code(client, RHEA)
    for url in [
        "/accounts/login/",
        "/accounts/login/code/",
        "/accounts/login/code/confirm/",
        "/accounts/logout/",
    ]:
        other_browser.get(url)
        client.get(url)
    signin.type_code(client, signin.mailed_code(RHEA))
    assert signin.is_signed_in(client)


def test_code_field_suits_typing_and_pasting(client):
    signin.ask_for_code(client, RHEA)
    page = client.get("/accounts/login/code/confirm/")
    html = page.content.decode()
    assert 'autocomplete="one-time-code"' in html and "maxlength" not in html
    assert RHEA in html and "ten minutes" in html
    assert "no-store" in page["Cache-Control"]


def test_session_key_changes_at_sign_in(client):
    signin.ask_for_code(client, RHEA)
    before = client.session.session_key
    signin.type_code(client, signin.mailed_code(RHEA))
    assert client.session.session_key != before


def test_receiver_of_the_sign_in_signal_chooses_the_next_page(client):
    seen = []

    def receiver(sender, request, user, **kwargs):
        seen.append(user.email)
        request.session["next_after_code"] = "/access/7f3k/"

    mailbox_proven.connect(receiver)
    try:
        answer = signin.sign_in_by_code(client, RHEA)
    finally:
        mailbox_proven.disconnect(receiver)
    assert (seen, answer.url) == ([RHEA], "/access/7f3k/")


def test_next_url_of_this_site_is_followed(client):
    signin.ask_for_code(client, RHEA, next="/documents/soc-2/")
    assert signin.type_code(client, signin.mailed_code(RHEA)).url == "/documents/soc-2/"


@pytest.mark.once
@pytest.mark.parametrize(
    "url",
    [
        "/\\evil.example",
        "//evil.example",
        "https://evil.example/",
        "\\\\evil.example",
        "http://127.0.0.1/",
        "javascript:1",
    ],
)
def test_next_url_of_another_site_is_ignored(client, url):
    signin.ask_for_code(client, RHEA, next=url)
    answer = client.post("/accounts/login/code/confirm/", {"code": signin.mailed_code(RHEA), "next": url})
    assert answer.url == "/my/"


def test_stated_name_is_stored_only_after_the_code(client, other_browser):
    def ask(browser, name):
        signin.ask_for_code(browser, RHEA)
        session = browser.session
        session[codes.STATED_NAME] = name
        session.save()

    ask(other_browser, "Mallory")
    assert User.objects.get(email=RHEA).name == ""
    ask(client, "Rhea Diaz")
    signin.type_code(client, signin.mailed_code(RHEA))
    assert User.objects.get(email=RHEA).name == "Rhea Diaz"


def test_another_address_can_be_entered_while_a_code_is_pending(client):
    signin.ask_for_code(client, "rhea@exmaple.com")
    assert client.get("/accounts/login/code/").status_code == 200
    signin.ask_for_code(client, RHEA)
    signin.type_code(client, signin.mailed_code(RHEA))
    assert User.objects.get(pk=client.session["_auth_user_id"]).email == RHEA


def test_sign_in_is_recorded(client, sentences):
    signin.ask_for_code(client, RHEA)
    signin.type_code(client, "BBBB-BBBB")
    signin.type_code(client, signin.mailed_code(RHEA))
    client.post("/accounts/logout/")
    said = sentences()
    assert [action for action, _ in said] == [
        "person.code_sent",
        "person.sign_in_failed",
        "person.signed_in",
        "person.signed_out",
    ]
    assert said[2][1]["method"] == ["code"]
    assert all(detail["address"] == "127.0.0.1" for _, detail in said)


def test_account_closed_after_the_code_was_mailed_cannot_sign_in(client):
    signin.ask_for_code(client, RHEA)
    User.objects.update(is_active=False)
    signin.type_code(client, signin.mailed_code(RHEA))
    assert not signin.is_signed_in(client)


def test_closing_an_account_ends_its_sessions(client):
    signin.sign_in_by_code(client, RHEA)
    User.objects.update(is_active=False)
    assert client.get("/my/").url.startswith("/accounts/login/")


@pytest.mark.parametrize("path", ["signup/", "email/", "confirm-email/", "2fa/passkeys/signup/"])
def test_there_is_no_sign_up_and_no_address_page(client, path):
    client.force_login(cast.rhea())
    assert client.get(f"/accounts/{path}").status_code == 404


def test_prospect_has_no_pages_for_passwords_and_factors(client):
    client.force_login(cast.rhea())
    for path in ["password/change/", "2fa/", "2fa/totp/activate/", "2fa/passkeys/add/", "reauthenticate/"]:
        assert client.get(f"/accounts/{path}").status_code == 404
