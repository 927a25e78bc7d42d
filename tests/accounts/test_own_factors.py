"""Staff change their own second factors, cannot remove the last one, and cannot add one with a password alone."""

from datetime import timedelta
from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from tests import signin
from tests.races import at_once
from trustcenter.accounts import flows, staff
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.work.models import Mail

REMOVE_APP = "/accounts/2fa/totp/deactivate/"
ADDING = ["/accounts/2fa/totp/activate/", "/accounts/2fa/passkeys/add/", "/accounts/2fa/recovery-codes/generate/"]
ONLY = b"This is your only second factor. Add another one first"
ASK = b"Ask an administrator"


def remove_passkey(passkey):
    return f"/accounts/2fa/passkeys/keys/{passkey.pk}/remove/"


def kinds(user):
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))


@pytest.fixture
def adas(client, ada):
    """Ada's client, just after she entered her password again."""
    signin.staff_client(client, ada)
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/", {"password": signin.PASSWORD})
    return client


# Removing


def test_app_can_be_removed_if_there_is_a_passkey(adas, ada, sentences):
    signin.give_passkey(ada)
    assert b"stop working at once" in adas.get(REMOVE_APP).content
    assert adas.post(REMOVE_APP).url == "/accounts/2fa/"
    assert kinds(ada) == ["webauthn"]
    action, detail = sentences()[-1]
    assert (action, detail["method"], detail["address"]) == ("person.factor_removed", "totp", "127.0.0.1")
    assert "authenticator app was removed" in Mail.objects.get(to=ada.email).body


def test_passkey_can_be_removed_if_there_is_an_app(adas, ada, sentences):
    passkey = signin.give_passkey(ada)
    assert b"stops working at once" in adas.get(remove_passkey(passkey)).content
    assert adas.post(remove_passkey(passkey)).url == "/accounts/2fa/"
    assert kinds(ada) == ["totp"]
    assert (sentences()[-1][0], sentences()[-1][1]["method"]) == ("person.factor_removed", "webauthn")
    assert "passkey was removed" in Mail.objects.get(to=ada.email).body


@pytest.mark.parametrize("recovery", [False, True])
def test_last_app_cannot_be_removed(adas, ada, recovery):
    if recovery:
        RecoveryCodes.activate(ada)
    before = kinds(ada)
    for answer in (adas.get(REMOVE_APP), adas.post(REMOVE_APP)):
        assert ONLY in answer.content and b"Remove app" not in answer.content.split(b"<main")[1].split(b"</h1>")[1]
    assert kinds(ada) == before
    assert not Mail.objects.exists()


@pytest.mark.parametrize("recovery", [False, True])
def test_last_passkey_cannot_be_removed(adas, ada, recovery):
    Authenticator.objects.filter(user=ada).delete()
    passkey = signin.give_passkey(ada)
    if recovery:
        RecoveryCodes.activate(ada)
    before = kinds(ada)
    assert ONLY in adas.get(remove_passkey(passkey)).content
    assert ONLY in adas.get(adas.post(remove_passkey(passkey)).url).content
    assert kinds(ada) == before


def test_one_of_two_passkeys_can_be_removed(adas, ada):
    Authenticator.objects.filter(user=ada).delete()
    first, second = signin.give_passkey(ada), signin.give_passkey(ada)
    adas.post(remove_passkey(first))
    adas.post(remove_passkey(second))
    assert list(Authenticator.objects.filter(user=ada)) == [second]


def test_passkey_of_another_person_is_not_found(adas, new_colleague):
    passkey = signin.give_passkey(new_colleague)
    assert adas.post(remove_passkey(passkey)).status_code == 404
    assert kinds(new_colleague) == ["webauthn"]


def test_concurrent_removal_of_both_factors_leaves_one(racing, ada):
    for _ in range(10):
        Authenticator.objects.filter(user=ada).delete()
        both = [signin.give_app(ada), signin.give_passkey(ada)]
        done, errors = at_once([partial(flows.remove_factor, one, by=ada, address="192.0.2.1") for one in both])
        assert (done, [type(error) for error in errors]) == (1, [FlowError])
        assert len(kinds(ada)) == 1


def test_concurrent_removal_of_one_factor_is_recorded_once(racing, ada, sentences):
    passkey = signin.give_passkey(ada)
    at_once([partial(flows.remove_factor, passkey, by=ada, address="192.0.2.1")] * 4)
    assert [action for action, _ in sentences()].count("person.factor_removed") == 1
    assert kinds(ada) == ["totp"]


def test_every_url_that_removes_a_factor_is_overridden(db):
    pages = {pattern.name: pattern.callback for pattern in _patterns(get_resolver()) if pattern.name}
    for name, page in pages.items():
        if name.startswith("mfa_") and any(word in name for word in ("remove", "deactivate", "delete")):
            assert page.view_class.__module__ == "trustcenter.accounts.factor_views", name
    assert {"mfa_deactivate_totp", "mfa_remove_webauthn"} <= set(pages)


def _patterns(resolver):
    for pattern in resolver.url_patterns:
        yield from _patterns(pattern) if hasattr(pattern, "url_patterns") else [pattern]


# Adding


@pytest.mark.once
@pytest.mark.parametrize("expired", [None, timedelta(seconds=-1)])
@pytest.mark.parametrize("path", [*ADDING, "/accounts/2fa/", "/accounts/password/change/", "/accounts/reauthenticate/"])
def test_password_alone_neither_adds_a_factor_nor_opens_a_page(client, new_colleague, path, expired):
    """Neither after the person's factors were removed, nor if their one-time password expires while they are signed in."""
    signin.type_password(client, new_colleague.email)
    until = timezone.now() + expired if expired else None
    User.objects.filter(pk=new_colleague.pk).update(one_time_password_until=until)
    for answer in (client.get(path), client.post(path, {"password": signin.PASSWORD, "code": "000000"})):
        assert answer.status_code == 403 and ASK in answer.content
    assert kinds(new_colleague) == []
    client.post("/accounts/logout/")
    assert not signin.is_signed_in(client)


def test_password_of_a_person_without_factors_opens_no_page(client, new_colleague):
    User.objects.filter(pk=new_colleague.pk).update(one_time_password_until=None)
    answer = signin.type_password(client, new_colleague.email)
    page = client.get(answer.url)
    assert page.status_code == 403 and ASK in page.content


@pytest.mark.parametrize("path", ADDING)
def test_session_proved_with_a_removed_factor_adds_no_factor(client, ada, path):
    """For example a session on a lost phone, after its owner removed the app."""
    signin.staff_client(client, ada)
    signin.give_passkey(ada)
    Authenticator.objects.filter(user=ada, type="totp").delete()
    for method in (client.get, client.post):
        answer = method(path)
        assert answer.status_code == 403 and ASK in answer.content


def test_one_time_password_adds_no_factor_while_another_one_exists(client, ada):
    password = staff.add(ada.email, name="", roles=[staff.Role.ADMINISTRATOR])[1]
    signin.type_password(client, ada.email, password)
    assert not signin.is_signed_in(client)
    for path in ADDING:
        assert client.post(path).url.startswith("/accounts/login/")
    assert kinds(ada) == ["totp"]


def test_one_time_password_set_by_an_administrator_adds_a_first_factor_again(client, ada):
    password = staff.start_over(ada)
    signin.type_password(client, ada.email, password)
    client.post("/accounts/reauthenticate/", {"password": password})
    assert [client.get(path).status_code for path in ADDING[:2]] == [200, 200]


def test_session_proved_with_a_factor_can_add_another(adas):
    assert [adas.get(path).status_code for path in ADDING[1:]] == [200, 200]


def test_passkey_works_after_the_one_time_password_expired(client, ada, rf):
    """A passkey is both factors, so the password's expiry does not matter."""
    User.objects.filter(pk=ada.pk).update(one_time_password_until=timezone.now() - timedelta(hours=1))
    signin.with_proofs(client, ada, "mfa")
    session = client.session
    session["account_authentication_methods"][0] |= {"passwordless": True, "type": "webauthn"}
    session.save()
    assert client.get("/admin/").url == "/accounts/password/change/"
    assert signin.type_password(Client(), ada.email).url == "/accounts/login/"
