"""A mailed code works once, only in the session and for the purpose it was mailed for, also under concurrent requests."""

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

import pytest
from allauth.account import forms as allauth_forms
from allauth.account import views as allauth_views
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from tests import signin
from tests.races import at_once
from trustcenter.accounts import mailed_codes
from trustcenter.accounts.models import MailedCode, User
from trustcenter.accounts.routine import forget_codes
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record

RHEA = "rhea@example.com"
WRONG = "BBBB-BBBB"
RESET = "/accounts/password/reset/confirm/"
NEW = "seven quiet lanterns"
NO_LONGER = b"This code no longer works"


def ask_for_reset(client, email):
    client.post("/accounts/password/reset/", {"email": email})
    return signin.mailed_code(email)


def type_reset(client, code):
    return client.post(RESET, {"code": code})


def choose(client, password):
    return client.post("/accounts/password/reset/complete/", {"password1": password, "password2": password})


def copies(client, number):
    """That many browsers with the client's cookies."""
    browsers = [Client() for _ in range(number)]
    for browser in browsers:
        browser.cookies.load({name: morsel.value for name, morsel in client.cookies.items()})
    return browsers


def sign_ins():
    return Record.objects.filter(action=Action.SIGNED_IN).count()


# Concurrent requests


def test_code_sent_sixteen_times_at_once_signs_in_once(racing, client):
    signin.ask_for_code(client, RHEA)
    browsers, code = copies(client, 16), signin.mailed_code(RHEA)
    done, errors = at_once([partial(signin.type_code, browser, code) for browser in browsers])
    assert (done, errors) == (16, [])
    assert (sign_ins(), sum(map(signin.is_signed_in, browsers))) == (1, 1)


def test_each_concurrent_wrong_code_is_counted(racing, client):
    signin.ask_for_code(client, RHEA)
    browsers, code = copies(client, 16), signin.mailed_code(RHEA)
    at_once([partial(signin.type_code, browser, WRONG) for browser in browsers])
    assert Record.objects.filter(action=Action.SIGN_IN_FAILED).count() == 3
    for browser in (client, *browsers[:4]):
        signin.type_code(browser, code)
    assert sign_ins() == 0


def test_each_concurrent_wrong_reset_code_is_counted(racing, client, ada):
    code = ask_for_reset(client, ada.email)
    browsers = copies(client, 40)
    done, errors = at_once([partial(type_reset, browser, WRONG) for browser in browsers])
    assert (done, errors) == (40, [])
    assert Record.objects.filter(action=Action.SIGN_IN_FAILED).count() == 3
    assert MailedCode.objects.get().tries_left == 0
    for browser in (client, *browsers[:4]):
        type_reset(browser, code)
        choose(browser, NEW)
    ada.refresh_from_db()
    assert ada.check_password(signin.PASSWORD)


def test_reset_code_sent_at_once_sets_one_password(racing, client, ada):
    code = ask_for_reset(client, ada.email)
    at_once([partial(type_reset, browser, code) for browser in copies(client, 8)])
    passwords = [f"{NEW} {number}" for number in range(8)]
    at_once([partial(choose, *pair) for pair in zip(copies(client, 8), passwords, strict=True)])
    assert Record.objects.filter(action=Action.PASSWORD_CHANGED).count() == 1
    ada.refresh_from_db()
    assert sum(map(ada.check_password, passwords)) == 1


def test_concurrent_right_and_wrong_codes_get_three_tries_in_all(racing, client):
    signin.ask_for_code(client, RHEA)
    typed = [signin.mailed_code(RHEA), WRONG, WRONG, WRONG] * 4
    at_once([partial(signin.type_code, *pair) for pair in zip(copies(client, 16), typed, strict=True)])
    row = MailedCode.objects.get()
    assert sign_ins() == (1 if row.used_at else 0)
    assert Record.objects.filter(action=Action.SIGN_IN_FAILED).count() <= 3


# Other sessions, addresses and purposes


def test_code_of_another_session_is_refused(client, other_browser, db):
    """Even if allauth's whole session state is copied."""
    signin.ask_for_code(client, RHEA)
    signin.ask_for_code(other_browser, "eve@example.com")
    session = other_browser.session
    session["account_login"] = client.session["account_login"]
    session.save()
    signin.type_code(other_browser, signin.mailed_code(RHEA))
    assert not signin.is_signed_in(other_browser)


def test_code_of_another_address_is_refused(client, db):
    """With two forms in one session, the second form's code does not verify the first form's address."""
    signin.ask_for_code(client, RHEA)
    session = client.session
    rheas = session["account_login"]
    signin.ask_for_code(client, "eve@example.com")
    session = client.session
    eves = session["account_login"]["state"]["stages"]["login_by_code"]["data"]["mailed_code"]
    rheas["state"]["stages"]["login_by_code"]["data"]["mailed_code"] = eves
    session["account_login"] = rheas
    session.save()
    signin.type_code(client, signin.mailed_code("eve@example.com"))
    assert not signin.is_signed_in(client)


def test_sign_in_and_reset_codes_are_not_interchangeable(client, ada):
    signin.ask_for_code(client, RHEA)
    sign_in = signin.mailed_code(RHEA)
    reset = ask_for_reset(client, ada.email)
    assert b"not correct" in type_reset(client, sign_in).content
    assert b"not correct" in signin.type_code(client, reset).content
    key = "account_password_reset_verification"
    session = client.session
    state = session["account_login"]["state"]["stages"]["login_by_code"]["data"]
    session[key] = session[key] | {"mailed_code": state["mailed_code"], "email": RHEA}
    session.save()
    assert b"not correct" in type_reset(client, sign_in).content


# Wrong order


def test_used_code_is_refused_even_with_the_earlier_session(client, db):
    signin.ask_for_code(client, RHEA)
    before = dict(client.session)
    code = signin.mailed_code(RHEA)
    signin.type_code(client, code)
    client.post("/accounts/logout/")
    session = client.session
    session.update(before)
    session.save()
    signin.type_code(client, code)
    assert sign_ins() == 1 and not signin.is_signed_in(client)


def test_used_reset_code_sets_no_second_password(client, ada):
    type_reset(client, ask_for_reset(client, ada.email))
    before = dict(client.session)
    choose(client, NEW)
    session = client.session
    session.update(before)
    session.save()
    assert choose(client, "eight loud lanterns").url == "/accounts/login/"
    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_password_before_the_code_is_refused(client, ada):
    ask_for_reset(client, ada.email)
    assert choose(client, NEW).url == RESET
    session = client.session
    session["account_password_reset_verification"] |= {"code_confirmed": True}
    session.save()
    choose(client, NEW)
    ada.refresh_from_db()
    assert ada.check_password(signin.PASSWORD)


@pytest.mark.parametrize("ask, answer", [(signin.ask_for_code, signin.type_code), (ask_for_reset, type_reset)])
def test_expired_code_is_refused_whatever_the_session_says(client, ada, ask, answer):
    email = RHEA if ask is signin.ask_for_code else ada.email
    ask(client, email)
    MailedCode.objects.update(expires_at=timezone.now())
    page = client.get(answer(client, signin.mailed_code(email)).url)
    assert NO_LONGER in page.content
    assert not MailedCode.objects.exclude(used_at=None).exists()


def test_new_code_keeps_the_count_of_tries(client, db):
    signin.ask_for_code(client, RHEA)
    signin.type_code(client, WRONG)
    signin.type_code(client, WRONG)
    client.post("/accounts/login/code/confirm/", {"action": "resend"})
    assert signin.type_code(client, WRONG).status_code == 302
    signin.type_code(client, signin.mailed_code(RHEA))
    assert not signin.is_signed_in(client)


# Malformed codes


@pytest.mark.once
@pytest.mark.parametrize(
    "junk",
    ["", " ", "-", "\x00", "' OR 1=1 --", "ＢＢＢＢ", "BBBB\u0130", "\ud83d\ude00", "İ" * 200, "9" * 100_000, "\ufeff"],
)
def test_malformed_code_counts_as_a_try(client, ada, junk):
    signin.ask_for_code(client, RHEA)
    ask_for_reset(client, ada.email)
    for type_it in (signin.type_code, type_reset):
        answers = [type_it(client, junk.encode("utf-16", "surrogatepass").decode("utf-16")) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert not MailedCode.objects.exclude(tries_left=0).exists()


def test_missing_code_counts_as_a_try(client, db):
    signin.ask_for_code(client, RHEA)
    assert [client.post("/accounts/login/code/confirm/").status_code for _ in range(3)] == [200, 200, 302]


def test_undecodable_code_counts_as_a_try(client, db):
    signin.ask_for_code(client, RHEA)
    kind = "application/x-www-form-urlencoded"
    assert client.post("/accounts/login/code/confirm/", "code=%ff%fe%00", content_type=kind).status_code == 200
    assert (
        client.post("/accounts/login/code/confirm/", urlencode({"code[]": "x"}), content_type=kind).status_code == 200
    )


# Nothing but the row decides


def test_code_is_stored_neither_in_the_session_nor_in_its_row(client, ada):
    signin.ask_for_code(client, RHEA)
    reset = ask_for_reset(client, ada.email)
    client.post("/accounts/login/code/confirm/", {"action": "resend"})
    kept = repr(dict(client.session)) + repr(list(MailedCode.objects.values()))
    for code in (signin.mailed_code(RHEA), reset):
        assert code not in kept and code.replace("-", "") not in kept
    assert RHEA not in repr(list(MailedCode.objects.values()))


def test_code_that_only_the_session_has_is_refused(client, ada):
    """As if a code path in allauth had stored a code in the session without a row."""
    signin.ask_for_code(client, RHEA)
    ask_for_reset(client, ada.email)
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"] = WRONG
    session["account_password_reset_verification"]["code"] = WRONG
    session.save()
    assert b"not correct" in signin.type_code(client, WRONG).content
    assert b"not correct" in type_reset(client, WRONG).content


def test_every_url_that_takes_a_code_is_overridden(db):
    """allauth's own views compare the code with the session."""
    found = set()
    for pattern in _patterns(get_resolver()):
        view = getattr(pattern.callback, "view_class", None)
        form = getattr(view, "form_class", None)
        if form and issubclass(form, allauth_forms.BaseConfirmCodeForm):
            found.add(view.__name__)
            assert view.__module__ == "trustcenter.accounts.views"
        assert view is not allauth_views.RequestLoginCodeView and pattern.callback is not allauth_views.verify_phone
    assert found == {"ConfirmSignInCodeView", "ConfirmPasswordCodeView"}


def _patterns(resolver):
    for pattern in resolver.url_patterns:
        yield from _patterns(pattern) if hasattr(pattern, "url_patterns") else [pattern]


def test_unknown_address_gets_a_row_that_no_code_matches(client, ada):
    signin.ask_for_code(client, ada.email)
    client.post("/accounts/login/code/confirm/", {"action": "resend"})
    assert "code" not in client.session["account_login"]["state"]["stages"]["login_by_code"]["data"]
    assert MailedCode.objects.get().tries_left == 3


def test_codes_are_deleted_an_hour_after_they_expire(client, db):
    signin.sign_in_by_code(client, RHEA)
    signin.ask_for_code(Client(), RHEA)
    MailedCode.objects.update(expires_at=timezone.now() - timedelta(minutes=59))
    assert forget_codes() == 0
    MailedCode.objects.update(expires_at=timezone.now() - timedelta(minutes=61))
    assert (forget_codes(), MailedCode.objects.count()) == (2, 0)
    assert User.objects.filter(email=RHEA).exists()


def test_deleted_row_ends_the_attempt(client, db):
    signin.ask_for_code(client, RHEA)
    MailedCode.objects.all().delete()
    answer = signin.type_code(client, signin.mailed_code(RHEA))
    assert not signin.is_signed_in(client)
    assert client.get(answer.url).status_code == 200
    assert mailed_codes.ROW not in repr(dict(client.session))
