import logging
import re
from io import StringIO
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from tests import cast
from tests.signin import staff_client
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(client, monkeypatch):
    client.raise_request_exception = False

    def fail(*args, **kwargs):
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("ndaflow.requests.views.asking.AskForm", fail)
    return client


def test_error_page_shows_a_reference_that_is_in_the_server_log(broken, caplog):
    with caplog.at_level(logging.ERROR):
        answer = broken.get(reverse("requests:ask"))
    assert answer.status_code == 500
    number = re.search(r"\b([0-9A-Z]{4}-[0-9A-Z]{2})\b", answer.content.decode())[1]
    assert any(number in record.getMessage() and record.exc_info for record in caplog.records)
    assert "the secret reason" not in answer.content.decode() and "Traceback" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"] and "default-src 'none'" in answer["Content-Security-Policy"]


def test_database_that_takes_no_writes_is_an_outage_and_not_a_refusal(client, caplog):
    client.raise_request_exception = False
    refuse = "PRAGMA query_only = on" if connection.vendor == "sqlite" else "SET TRANSACTION READ ONLY"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(refuse)
        answer = client.post(reverse("account_login"), {"login": "rhea@example.com"})
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only = off")
        transaction.set_rollback(True)
    assert answer.status_code == 503 and answer["Retry-After"] == "10" and "no-store" in answer["Cache-Control"]
    assert "not available at the moment" in answer.content.decode()
    assert not any(record.levelno >= logging.ERROR and "error " in record.getMessage() for record in caplog.records)


@pytest.mark.once
@pytest.mark.parametrize(
    "path", ["/nowhere/", "/certifications/none/", "/documents/none/", "/access/" + "0" * 16 + "/"]
)
def test_not_found_page_has_links_and_logs_no_error(client, path, caplog):
    client.force_login(cast.rhea())
    page = client.get(path)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert page.status_code == 404 and 'href="/"' in page.content.decode()


def test_refused_page_is_recorded_with_a_limit(client):
    sal = cast.sal()
    staff_client(client, sal)
    for _ in range(30):
        assert client.get(reverse("log:records")).status_code == 403
    assert 'href="/accounts/login/">Go to the desk' in client.get(reverse("log:records")).content.decode()
    refused = Record.objects.filter(action=Action.PAGE_REFUSED, actor=sal.pk)
    assert refused.count() == 20
    assert history.entry(refused[0]).text == "“Sal Seller” (sal@trust.example) was refused the page “/desk/audit/”"


@pytest.mark.once
@pytest.mark.parametrize(
    ("template", "number", "words"),
    [
        ("400.html", "Error 400", "This request could not be read"),
        ("403.html", "Error 403", "You cannot do this"),
        ("403_csrf.html", "Error 403", "This form is out of date"),
        ("404.html", "Error 404", "This page does not exist, or you cannot open it"),
        ("405.html", "Error 405", "Nothing was sent"),
        ("413.html", "Error 413", "This is too large"),
        ("429.html", "Error 429", "Try again in 5 minutes"),
        ("503.html", "Error 503", "Wait a minute, then try again"),
        ("500.html", "Error 500", "send us this reference: <strong>AB12-CD</strong>"),
    ],
)
def test_error_pages_render_without_a_request(template, number, words):
    """Django renders some of these pages without a request."""
    html = " ".join(render_to_string(template, {"reference": "AB12-CD"}).split())
    assert number in html and words in html and "Go to the overview" in html and "<title>" in html


def test_address_of_a_form_opened_in_a_browser_says_so(client):
    """The sign-in leads there when a session ended before the form was sent."""
    staff_client(client, cast.person("audrey@trust.example", "Audrey", "auditor"))
    answer = client.get(reverse("desk:export"))
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 405 and answer.headers["Allow"] == "POST"
    assert "only accepts forms" in page and "Go to the desk" in page
    assert client.put(reverse("desk:export")).content == b"", "a program needs no page"


FORMS = ("/verify/", "/access/", "/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/")


@pytest.mark.once
@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("enforce", [True, False])
def test_form_with_too_many_parts_is_answered_with_400(path, enforce):
    client = Client(enforce_csrf_checks=enforce, raise_request_exception=False)
    client.cookies["csrf"] = "a" * 32
    many = {f"field{number}": "x" for number in range(1001)}
    files = {f"file{number}": SimpleUploadedFile(f"{number}.txt", b"x") for number in range(101)}
    answers = [
        client.post(path, files),
        client.post(path, many),
        client.post(path, urlencode(many), content_type="application/x-www-form-urlencoded"),
    ]
    for answer in answers:
        assert answer.status_code == 400 and "This request could not be read" in answer.content.decode()


@pytest.fixture
def printed(monkeypatch):
    """What the server prints to its log."""
    stream = StringIO()
    handler = next(one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", stream)
    return stream


def test_refusals_are_one_line_in_the_log(client, printed):
    staff_client(client, cast.sal())
    assert client.get(reverse("log:records")).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/access/", {}).status_code == 403
    assert client.post("/access/", {f"field{number}": "x" for number in range(1001)}).status_code == 400
    lines = printed.getvalue().splitlines()
    assert [line for line in lines if "Forbidden (Permission denied): /desk/audit/" in line]
    assert len(lines) == 3, lines


def test_errors_keep_their_traceback_in_the_log(broken, printed):
    broken.get(reverse("requests:ask"))
    assert "RuntimeError: the secret reason" in printed.getvalue()
