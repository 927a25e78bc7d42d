"""What a content delivery network may keep (RFC 9213), and what drops it again (RFC 9875)."""

import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from certifications.editing import flows
from certifications.editing.state import state
from tests import cast
from tests.certifications import content
from tests.signin import staff_client
from trustcenter.web import revision
from trustcenter.web.networks import ALLOWED, NetworksMiddleware
from trustcenter.wsgi import OUTAGE

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Structured fields (RFC 9651): a dictionary of integers, and a list of strings.
DICTIONARY = re.compile(r"[a-z*][a-z0-9_.*-]*=\d{1,15}(, [a-z*][a-z0-9_.*-]*=\d{1,15})*")
STRINGS = re.compile(r'"[ !#-\[\]-~]{1,32}"(, "[ !#-\[\]-~]{1,32}")*')


def test_page_for_everyone_may_be_kept_for_a_minute_with_its_edition(client):
    content.publish()
    page = client.get("/")
    said = page["CDN-Cache-Control"]
    assert DICTIONARY.fullmatch(said) and STRINGS.fullmatch(page["Cache-Groups"])
    seconds = {name: int(value) for name, value in (one.split("=") for one in said.split(", "))}
    assert seconds == {"max-age": 60, "stale-while-revalidate": 60, "stale-if-error": OUTAGE}
    assert page["Cache-Groups"] == f'"public", "edition-{revision.current()}"'
    # Browsers still ask each time, and each language and each person has a page of their own.
    assert page["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert {"Accept-Language", "Cookie"} <= set(page["Vary"].split(", "))
    unchanged = client.get("/", headers={"if-none-match": page["ETag"]})
    assert unchanged.status_code == 304 and unchanged["CDN-Cache-Control"] == said


@pytest.mark.parametrize("path", ["/nowhere/", "/certifications/nowhere/", "/?as_of=never", "/access/", "/healthz"])
def test_refusals_errors_and_forms_are_not_kept(client, path):
    content.publish()
    assert not any(name in client.get(path) for name in ALLOWED)


@pytest.mark.parametrize("cookie", ["ended", ""])
def test_page_of_a_session_is_not_kept_even_if_it_has_ended(client, cookie):
    content.publish()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie or staff_client(Client(), cast.edda()).session.session_key
    assert not any(name in client.get("/") for name in ALLOWED)


@pytest.mark.parametrize("private", ["cookie", "private, no-store", "no-store", None])
def test_answer_of_one_visitor_is_not_kept_whatever_the_view_says(private):
    def view(request):
        answer = HttpResponse(headers={"Cache-Control": "public, max-age=0"} | dict.fromkeys(ALLOWED, "max-age=60"))
        if private == "cookie":
            answer.set_cookie("name", "value")
        elif private:
            answer["Cache-Control"] = private
        else:
            del answer["Cache-Control"]
        return answer

    answer = NetworksMiddleware(view)(RequestFactory().get("/"))
    assert not any(name in answer for name in ALLOWED)


def test_change_of_public_content_drops_the_pages(client):
    content.publish()
    kept = re.findall(r'"([^"]+)"', client.get("/")["Cache-Groups"])
    edda = cast.edda()
    editor = staff_client(Client(), edda)
    table = state("company", "company").public | {"headline": "Trust at Ours"}
    flows.save("company", "company", table, saw=state("company", "company").token, by=edda)
    publish = reverse("certifications:publish_row", args=["company", "company"])
    form = {"saw": state("company", "company").token}
    changed = editor.post(publish, form)
    assert changed.status_code == 302 and changed["Cache-Group-Invalidation"] == '"public"'
    assert "public" in kept and f"edition-{revision.current()}" not in kept
    # What changes nothing public drops nothing: neither a refusal nor a page that is read.
    refused = editor.post(publish, form)
    assert "Cache-Group-Invalidation" not in refused
    for answer in (editor.get("/"), client.get("/"), client.post(publish, form)):
        assert "Cache-Group-Invalidation" not in answer
