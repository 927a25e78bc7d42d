import time

import pytest
from django.http import Http404

from certifications.models import Framework
from tests import signin
from trustcenter.accounts import demo
from trustcenter.accounts.models import User
from trustcenter.site import demo as site_demo
from trustcenter.site import mailbox, serve


@pytest.fixture
def demo_mode(settings, db):
    settings.DEMO = True
    settings.ROOT_URLCONF = "tests.accounts.demo_urls"


def test_mailbox_has_no_url_outside_the_demo(client, db):
    assert client.get("/mailbox/").status_code == 404


def test_mailbox_view_answers_404_outside_the_demo(rf):
    with pytest.raises(Http404):
        mailbox.mailbox(rf.get("/mailbox/"))


def test_demo_staff_are_not_created_outside_the_demo(db):
    with pytest.raises(RuntimeError):
        demo.create_staff()


def test_code_from_the_demo_mailbox_signs_in(client, demo_mode):
    demo.create_staff()
    page = client.get("/mailbox/").content.decode()
    for colleague in demo.COLLEAGUES:
        user = User.objects.get(email=colleague.email)
        assert colleague.password in page and demo.current_code(user) in page
    ada = demo.COLLEAGUES[0]
    signin.type_password(client, ada.email, ada.password)
    signin.type_app_code(client, demo.current_code(User.objects.get(email=ada.email)))
    assert signin.is_signed_in(client)
    assert client.get("/accounts/2fa/").status_code == 200


def test_demo_staff_need_their_second_factor(client, demo_mode):
    demo.create_staff()
    ada = demo.COLLEAGUES[0]
    signin.type_password(client, ada.email, ada.password)
    signin.type_app_code(client, "000000")
    assert not signin.is_signed_in(client)


def test_demo_staff_are_created_once(demo_mode):
    first = demo.create_staff()
    codes = [demo.current_code(user) for user in first]
    assert [user.pk for user in demo.create_staff()] == [user.pk for user in first]
    assert [demo.current_code(user) for user in first] == codes or time.time() % 30 < 1


def test_passwords_differ_between_installations(demo_mode, settings):
    ada = demo.COLLEAGUES[0]
    before = ada.password
    settings.SECRET_KEY = "another-key-of-some-length-for-this-test-only"
    assert ada.password != before


def test_mailbox_shows_codes_newest_first_and_is_not_cached(client, demo_mode):
    signin.ask_for_code(client, "rhea@example.com")
    signin.ask_for_code(client, "vera@example.com")
    page = client.get("/mailbox/")
    text = page.content.decode()
    assert text.index("vera@example.com") < text.index("rhea@example.com")
    assert signin.mailed_code("rhea@example.com") in text
    assert "no-store" in page["Cache-Control"]
    assert client.post("/mailbox/").status_code == 405
    assert 'href="/mailbox/"' in client.get("/accounts/login/code/confirm/").content.decode()


def test_demo_killed_during_its_setup_is_completed_at_the_next_start(demo_mode, monkeypatch):
    started = []
    monkeypatch.setattr(serve, "call_command", lambda name, **options: None)
    monkeypatch.setattr(site_demo, "fill", lambda say: started.append("demo"))
    # The demo imports its content first and creates its staff last.
    Framework.objects.create(slug="soc-2", name="SOC 2")
    serve.prepare(print, print)
    assert "demo" in started
    started.clear()
    demo.create_staff()
    serve.prepare(print, print)
    assert "demo" not in started
