from django.test import Client

from tests import cast, signin
from trustcenter.web.models import CacheEntry


def test_counts_are_in_the_database_for_every_worker(client, ada):
    signin.type_password(client, ada.email, "wrong")
    keys = CacheEntry.objects.values_list("key", flat=True)
    assert any("login_failed" in key for key in keys)
    assert not any("ada" in key for key in keys)


def test_sixth_wrong_password_for_an_address_is_refused_from_anywhere(ada):
    for number in range(5):
        signin.type_password(Client(REMOTE_ADDR=f"192.0.2.{number}"), ada.email, "wrong")
    answer = signin.type_password(Client(REMOTE_ADDR="192.0.2.99"), ada.email)
    assert b"Too many attempts" in answer.content


def test_eleventh_wrong_password_from_one_network_is_refused(client, ada):
    for number in range(10):
        signin.type_password(client, f"person{number}@example.com", "wrong")
    assert b"Too many attempts" in signin.type_password(client, ada.email).content
    assert b"Too many attempts" not in signin.type_password(Client(REMOTE_ADDR="192.0.2.1"), ada.email).content


def test_guesses_at_the_second_factor_are_limited(client, ada):
    signin.type_password(client, ada.email)
    for _ in range(5):
        signin.type_app_code(client, "000000")
    assert b"Too many attempts" in signin.type_app_code(client, signin.app_code(ada)).content
    assert not signin.is_signed_in(client)


def test_client_cannot_choose_its_own_address(client, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(10):
        browser = Client(headers={"X-Forwarded-For": f"10.0.0.{number}, 192.0.2.7"})
        signin.type_password(browser, f"person{number}@example.com", "wrong")
    browser = Client(headers={"X-Forwarded-For": "10.9.9.9, 192.0.2.7"})
    assert b"Too many attempts" in signin.type_password(browser, cast.ada().email, "wrong").content
