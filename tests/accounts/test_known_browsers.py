"""Strangers use up what an address allows, but not what a browser has that signed in before."""

import base64
import time
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.conf import settings
from django.core import signing
from django.db.models import F
from django.test import Client

from tests import cast, signin
from tests.certifications import content
from trustcenter.accounts import known_browsers
from trustcenter.accounts.models import User
from trustcenter.web.models import Counter
from trustcenter.work.models import Mail

RHEA = "rhea@example.com"
NAME = settings.KNOWN_BROWSER_COOKIE_NAME
TOO_MANY = b"Too many attempts"

pytestmark = pytest.mark.once


def sign_in_with_both(client, user):
    signin.type_password(client, user.email)
    signin.type_app_code(client, signin.app_code(user))
    assert signin.is_signed_in(client)
    client.post("/accounts/logout/")
    return client


def known(client, email=RHEA):
    """The client, after it signed in with a code and out again."""
    signin.sign_in_by_code(client, email)
    client.post("/accounts/logout/")
    return client


def with_cookie(value):
    browser = Client()
    browser.cookies[NAME] = value
    return browser


def strangers(number):
    return [Client(REMOTE_ADDR=f"192.0.2.{place}") for place in range(number)]


@pytest.fixture
def clock(monkeypatch):
    """Lets minutes pass for the rate limits."""
    start, passed = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: start() + passed[0])

    def wait(seconds):
        passed[0] += seconds
        Counter.objects.update(ends_at=F("ends_at") - timedelta(seconds=seconds))

    return wait


def use_up_passwords(email):
    for stranger in strangers(5):
        signin.type_password(stranger, email, "wrong")


def use_up_codes(email):
    for stranger in strangers(5):
        assert signin.ask_for_code(stranger, email).status_code == 302


# Strangers lock nobody out


def test_five_wrong_passwords_of_strangers_do_not_stop_a_browser_that_signed_in(client, other_browser, ada):
    sign_in_with_both(client, ada)
    use_up_passwords(ada.email)
    assert TOO_MANY in signin.type_password(other_browser, ada.email).content
    assert signin.type_password(client, ada.email).url == "/accounts/2fa/authenticate/"


def test_codes_that_strangers_asked_for_do_not_stop_a_browser_that_signed_in(client, other_browser, db, clock):
    known(client)
    clock(3600)
    use_up_codes(RHEA)
    assert signin.ask_for_code(other_browser, RHEA).status_code == 429
    assert signin.sign_in_by_code(client, RHEA).url == "/my/"


def test_resets_that_strangers_asked_for_do_not_stop_a_browser_that_signed_in(client, other_browser, ada):
    sign_in_with_both(client, ada)
    reset = "/accounts/password/reset/"
    assert [stranger.post(reset, {"email": ada.email}).status_code for stranger in strangers(5)] == [302] * 5
    assert other_browser.post(reset, {"email": ada.email}).status_code == 429
    assert client.post(reset, {"email": ada.email}).status_code == 302
    assert signin.CODE.search(Mail.objects.filter(to=ada.email).first().body)


def test_requests_that_strangers_made_do_not_stop_a_browser_that_signed_in(client, other_browser, db, clock):
    known(client)
    clock(3600)
    soc2 = cast.requestable()
    form = {"name": "R", "company_name": "E", "reason": "Vendor review.", "email": RHEA, "documents": [soc2.slug]}
    for stranger in strangers(8):
        stranger.post("/access/", form)
        clock(21)
    assert other_browser.post("/access/", form).status_code == 429
    assert client.post("/access/", form).status_code == 302


def test_password_is_asked_again_although_strangers_used_up_the_address(client, ada):
    signin.type_password(client, ada.email)
    signin.type_app_code(client, signin.app_code(ada))
    use_up_passwords(ada.email)
    answer = client.post("/accounts/reauthenticate/?next=/accounts/2fa/", {"password": signin.PASSWORD})
    assert answer.url == "/accounts/2fa/"


# Its own allowance is as small as everyone's


def test_browser_that_signed_in_has_five_wrong_passwords_too(client, other_browser, ada):
    sign_in_with_both(client, ada)
    for _ in range(5):
        signin.type_password(client, ada.email, "wrong")
    assert TOO_MANY in signin.type_password(client, ada.email).content
    assert TOO_MANY not in signin.type_password(other_browser, ada.email).content


def test_each_browser_has_its_own(client, other_browser, db, clock):
    known(client), known(other_browser)
    clock(3600)
    for _ in range(5):
        signin.ask_for_code(client, RHEA)
    assert signin.ask_for_code(client, RHEA).status_code == 429
    assert signin.ask_for_code(other_browser, RHEA).status_code == 302


# Nothing else comes of the cookie


def test_cookie_of_one_account_is_nothing_for_another(client, ada):
    known(client)
    use_up_passwords(ada.email)
    assert TOO_MANY in signin.type_password(client, ada.email).content


@pytest.mark.parametrize("who", ["mine", "signed", "expired", "other key", "junk"])
def test_cookie_that_we_did_not_set_is_nothing(client, ada, who, settings, clock):
    sign_in_with_both(client, ada)
    value = client.cookies[NAME].value
    match who:
        case "mine":
            value = signing.dumps({"id": "x", "accounts": ["y"]}, salt=known_browsers.SALT, key="mine")
        case "signed":
            value = signing.dumps({"id": "x", "accounts": ["y"]}, salt="something else")
        case "expired":
            clock(known_browsers.LASTS + 1)
        case "other key":
            settings.SECRET_KEY = "another-key-of-some-length-for-this-test-only"
        case "junk":
            value = "\u00e9;{}" * 100
    use_up_passwords(ada.email)
    assert TOO_MANY in signin.type_password(with_cookie(value), ada.email).content


def test_changed_secret_key_knows_browsers_through_its_fallbacks(client, db, settings, clock):
    known(client)
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-of-some-length-for-this-test-only", [old]
    clock(3600)
    use_up_codes(RHEA)
    assert signin.ask_for_code(Client(), RHEA).status_code == 429
    assert signin.ask_for_code(client, RHEA).status_code == 302


def test_cookie_says_nothing_about_whose_it_is(client, db):
    known(client)
    cookie = client.cookies[NAME]
    payload = cookie.value.split(":")[0]
    readable = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    for part in ("rhea", "example", User.objects.get(email=RHEA).pk):
        assert part not in readable
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == known_browsers.LASTS


def test_only_a_sign_in_sets_it(client, ada):
    def answers():
        yield client.get("/accounts/login/")
        yield client.head("/accounts/login/")
        yield signin.ask_for_code(client, RHEA)
        yield client.get("/accounts/login/code/confirm/")
        yield signin.type_code(client, "BBBB-BBBB")
        yield signin.type_password(client, ada.email, "wrong")
        yield client.post("/accounts/password/reset/", {"email": ada.email})
        yield client.post("/accounts/password/reset/confirm/", {"code": signin.mailed_code(ada.email)})
        yield signin.type_password(client, ada.email)
        yield signin.type_app_code(client, "000000")

    assert not any(NAME in answer.cookies for answer in answers())
    assert NAME in signin.type_app_code(client, signin.app_code(ada)).cookies


def test_password_without_a_second_factor_does_not_set_it(client, new_colleague):
    signin.type_password(client, new_colleague.email)
    assert signin.is_signed_in(client) and NAME not in client.cookies


def test_it_outlives_sign_out_and_a_new_password(client, other_browser, ada):
    sign_in_with_both(client, ada)
    assert client.cookies[NAME].value
    ada.set_password("seven quiet lanterns")
    ada.save()
    use_up_passwords(ada.email)
    assert signin.type_password(client, ada.email, "seven quiet lanterns").url == "/accounts/2fa/authenticate/"
    assert TOO_MANY in signin.type_password(other_browser, ada.email, "seven quiet lanterns").content


def test_closed_account_answers_a_known_browser_as_everyone(client, other_browser, db):
    known(client)
    User.objects.update(is_active=False)
    answers = [signin.ask_for_code(browser, RHEA) for browser in (client, other_browser)]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, "/accounts/login/code/confirm/")] * 2
    assert NAME not in answers[0].cookies


def test_one_browser_knows_the_last_five_accounts(client, db, clock):
    people = [f"person{number}@example.com" for number in range(6)]
    for email in people:
        known(client, email)
    request = type("Request", (), {"COOKIES": {NAME: client.cookies[NAME].value}})()
    seen = [known_browsers.allowance(request, email) != email for email in people]
    assert seen == [False, True, True, True, True, True]
    assert len(client.cookies[NAME].value) < 600
    assert len({known_browsers.allowance(request, email).partition("\n")[2] for email in people[1:]}) == 1


def test_public_pages_stay_the_same_for_everyone(client, db):
    content.publish()
    stranger = Client().get("/")
    known(client)
    page = with_cookie(client.cookies[NAME].value).get("/")
    assert page.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert page.headers["ETag"] == stranger.headers["ETag"] and not page.cookies
    header = SimpleCookie({NAME: client.cookies[NAME].value}).output(header="")
    assert settings.SESSION_COOKIE_NAME not in header, "the page cache looks for this name anywhere in the header"
