"""A person sees in which browsers they are signed in, and ends one or all others."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from ndaflow.requests.views.my import NEWEST_SESSIONS
from tests import cast
from trustcenter.accounts.models import Session
from trustcenter.accounts.sessions import browser_words
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db

MY, END = reverse("requests:my"), reverse("requests:end_sessions")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def browsers():
    """Rhea in three browsers and Otto in one."""
    rhea, otto = cast.rhea(), cast.otto()
    opened = [Client() for _ in range(4)]
    for client, who in zip(opened, (rhea, rhea, rhea, otto), strict=True):
        client.force_login(who)
        assert client.get(MY).status_code == 200
    return opened


def test_the_page_lists_own_sessions_and_no_key(browsers):
    first, *_others = browsers
    page = first.get(MY).content.decode()
    assert page.count("An unknown browser") >= 3 and page.count("This one") == 1
    assert not [key for key in Session.objects.values_list("session_key", flat=True) if key in page]


def test_one_ends_and_the_rest_stays(browsers):
    first, second, third, otto = browsers
    handle = Session.objects.get(session_key=second.cookies["session"].value).handle
    first.post(END, {"session": handle})
    assert [client.get(MY).status_code for client in browsers] == [200, 302, 200, 200]
    assert Record.objects.filter(action="person.sessions_ended").count() == 1
    assert third and otto


def test_all_others_end_and_nobody_elses(browsers):
    first, _second, _third, otto = browsers
    handle = Session.objects.get(session_key=otto.cookies["session"].value).handle
    first.post(END, {"session": handle})
    first.post(END)
    assert [client.get(MY).status_code for client in browsers] == [200, 302, 302, 200]
    assert "no other session" in first.post(END, follow=True).content.decode()


@pytest.mark.once
def test_many_are_counted_and_all_of_them_end(browsers):
    first, _second, _third, otto = browsers
    here = Session.objects.get(session_key=first.cookies["session"].value)
    # This one is the oldest of them.
    others = [
        Session(
            session_key=f"key{number:028}",
            session_data="",
            expire_date=here.expire_date,
            person=here.person,
            handle=f"handle{number}",
            browser=f"Browser {number}",
            network="192.0.2.0",
            began_at=here.began_at + timedelta(minutes=number + 1),
        )
        for number in range(40)
    ]
    Session.objects.bulk_create(others)
    page = " ".join(first.get(MY).content.decode().split())
    shown = page.count('name="session"') + page.count("This one")
    assert (
        (shown, page.count("This one")) == (NEWEST_SESSIONS, 1) and "Browser 39<" in page and "Browser 9<" not in page
    )
    assert f"{43 - NEWEST_SESSIONS} older sessions are not shown. “End all others” ends them too." in page
    first.post(END)
    page = first.get(MY).content.decode()
    assert "not shown" not in page and "This one" in page
    assert Session.objects.filter(person=here.person).count() == 1 and otto.get(MY).status_code == 200


@pytest.mark.once
def test_browsers_in_words():
    assert browser_words(FIREFOX) == "Firefox on Linux"
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36 Edg/139.0"
    assert browser_words(edge) == "Edge on Windows"
    assert browser_words("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1") == (
        "Safari on iPhone"
    )
    headless = (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/139.0 Safari/537.36"
    )
    assert browser_words(headless) == "Chrome on Linux"
    assert browser_words("<script>") == "An unknown browser"
