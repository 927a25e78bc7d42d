"""Slow readers: how many files are sent at once, what the next reader is told, and when a place is free again.

The tests act as the web server does (PEP 3333): it iterates over the response, or not at all, and closes it.
"""

import gc
import threading

import pytest
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from documents import delivery, views
from documents.models import AccessGrant, Delivery, DocumentVersion
from tests import cast
from tests.documents import pdfs
from trustcenter.audit.models import Record
from trustcenter.site import serve
from trustcenter.vault.models import StoredFile
from trustcenter.web import sending

pytestmark = pytest.mark.django_db

# Any 32 letters: the token in the cookie has to equal the one in the header.
TOKEN = "t" * 32


class Answer:
    """A response that the application returned to the web server, before anything is sent."""

    def __init__(self, application, request):
        self.body = application(request.environ, self._begin)

    def _begin(self, status, headers, exc_info=None):
        self.status, self.headers = int(status.split()[0]), dict(headers)

    def text(self):
        try:
            return b"".join(self.body).decode()
        finally:
            self.body.close()


@pytest.fixture
def application():
    """The whole WSGI application, except that it does not close the test's database connection."""
    ends = (signals.request_started, signals.request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield get_wsgi_application()
    for end in ends:
        end.connect(close_old_connections)


@pytest.fixture
def certificate(uploaded):
    document = cast.document("iso-certificate", "public")
    version = uploaded(document, pdfs.blank(pdfs.TEXT))
    # Its checks take a second, and these tests need no reading copy of it.
    other = StoredFile.objects.create(size=1, sha256="0" * 64)
    DocumentVersion.objects.filter(pk=version.pk).update(state="current", reading_copy=other, pages=1, pages_proven=1)
    return document


@pytest.fixture
def opened(application, certificate, monkeypatch):
    """A request for the public file from an address."""
    monkeypatch.setattr(views, "CHUNK", 300)
    url = reverse("documents:open", args=[certificate.slug])
    return lambda address, **more: Answer(application, RequestFactory().get(url, REMOTE_ADDR=address, **more))


@pytest.fixture
def downloaded(application, report, monkeypatch, client):
    """A request for the gated file by a person."""
    monkeypatch.setattr(delivery, "CHUNK", 300)

    def download(person):
        client.force_login(person)
        url = reverse("documents:download", args=[report.slug])
        cookies = f"csrf={TOKEN}; session={client.cookies['session'].value}"
        return Answer(application, RequestFactory().post(url, HTTP_X_CSRFTOKEN=TOKEN, HTTP_COOKIE=cookies))

    return download


def test_each_process_keeps_threads_for_pages(settings):
    assert 0 < settings.FILES_AT_ONCE_EACH < settings.FILES_AT_ONCE <= settings.WEB_THREADS - 3
    command = serve.web_server().command
    assert command[command.index("--blocking-threads") + 1] == str(settings.WEB_THREADS)


def test_slow_readers_take_no_more_than_all_places(application, opened, settings):
    slow = [opened(f"192.0.2.{number}") for number in range(settings.FILES_AT_ONCE)]
    assert {answer.status for answer in slow} == {200}
    for answer in slow:
        next(iter(answer.body))
    refused = opened("192.0.2.99")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
    assert "no-store" in refused.headers["Cache-Control"] and "Set-Cookie" not in refused.headers
    page = refused.text()
    assert "Please try again in half a minute" in page and reverse("documents:open", args=["iso-certificate"]) in page
    assert Answer(application, RequestFactory().get("/readyz")).status == 200
    slow.pop().body.close()
    assert opened("192.0.2.99").status == 200


def test_one_network_cannot_take_all_places(opened, settings):
    slow = [opened(f"2001:db8:1:2::{number}") for number in range(settings.FILES_AT_ONCE_EACH)]
    assert opened("2001:db8:1:2::99").status == 503
    assert opened("2001:db8:1:3::1").status == 200
    assert {answer.status for answer in slow} == {200}


def test_one_reader_cannot_take_all_places_and_nothing_is_recorded(downloaded, rhea, otto, grant, settings):
    slow = [downloaded(rhea) for _copy in range(settings.FILES_AT_ONCE_EACH)]
    before = Delivery.objects.count(), Record.objects.count()
    assert before[0] == len(slow)
    refused = downloaded(rhea)
    page = refused.text()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
    assert reverse("documents:download", args=[grant.document.slug]) in page and reverse("requests:my") in page
    assert (Delivery.objects.count(), Record.objects.count()) == before
    cast.cover(otto)
    AccessGrant.objects.create(approvals=1, holder=otto, document=grant.document, ends_at=grant.ends_at)
    assert downloaded(otto).status == 200


def test_not_modified_response_takes_no_place(opened, settings):
    slow = [opened("192.0.2.1") for _file in range(settings.FILES_AT_ONCE_EACH)]
    etag = slow[0].headers["ETag"]
    assert opened("192.0.2.1", HTTP_IF_NONE_MATCH=etag).status == 304


def read_to_the_end(answer):
    assert b"".join(answer.body).endswith(b"%%EOF\n")
    answer.body.close()


def go_away_in_the_middle(answer):
    next(iter(answer.body))
    answer.body.close()


def go_away_at_once(answer):
    answer.body.close()


def never_close(answer):
    del answer.body
    gc.collect()


def test_place_is_free_again_after_the_response(opened, downloaded, rhea, grant):
    for end in (read_to_the_end, go_away_in_the_middle, go_away_at_once, never_close) * 2:
        for answer in (opened("192.0.2.1"), downloaded(rhea)):
            assert answer.status == 200
            end(answer)


def test_closing_a_response_twice_frees_one_place(places):
    kept, closed = (places.send("rhea", lambda: HttpResponse()) for _response in range(2))
    for _again in range(2):
        closed.close()
    places.send("rhea", lambda: kept)
    with pytest.raises(sending.Full):
        places.send("rhea", lambda: kept)


def test_refusals_and_errors_keep_no_place(downloaded, rhea, otto, grant, settings, monkeypatch):
    for _again in range(settings.FILES_AT_ONCE_EACH + 1):
        refused = downloaded(otto)
        assert refused.status == 403
        refused.text()

    def fail(*args, **kwargs):
        raise RuntimeError("database")

    with monkeypatch.context() as broken:
        broken.setattr("trustcenter.audit.log.append", fail)
        for _again in range(settings.FILES_AT_ONCE_EACH + 1):
            assert downloaded(rhea).status == 500
    assert downloaded(rhea).status == 200


def test_concurrent_requests_do_not_exceed_the_places():
    places, together, kept, full = sending.Places(5, 2), threading.Barrier(8), [], []

    def ask(reader):
        together.wait()
        for _again in range(20):
            try:
                kept.append(places.send(reader, HttpResponse))
            except sending.Full as refusal:
                full.append(refusal)

    threads = [threading.Thread(target=ask, args=(f"reader {number % 4}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 5 and len(full) == 8 * 20 - 5
