"""The standing of documents for a reader, as lists of documents show it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documents import access
from documents.models import AccessGrant, Document
from documents.standing import standings
from ndaflow.agreements.models import Coverage
from tests import cast

pytestmark = pytest.mark.django_db


def listed(client, path="/documents/") -> str:
    page = client.get(path)
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_anonymous_visitor_sees_who_may_read_and_can_request(client, report):
    html = listed(client)
    assert "Under NDA" in html and f"{reverse('requests:ask')}?document={report.slug}" in html
    assert "Open to you" not in html


@pytest.mark.parametrize("path", ["/", "/documents/", "/documents/soc-2-type-ii-report/"])
def test_open_document_can_be_downloaded_from_the_list(client, rhea, report, grant, path):
    client.force_login(rhea)
    html = listed(client, path)
    assert "Open to you" in html and f'action="{reverse("documents:download", args=[report.slug])}"' in html
    assert "Open to you" not in listed(Client(), path)


@pytest.mark.parametrize("change", [{"ended_at": timezone.now(), "end": "revoked"}, {"approvals": 0}, {}])
def test_document_that_access_refuses_is_not_shown_as_open(client, rhea, report, grant, change):
    if change:
        AccessGrant.objects.filter(pk=grant.pk).update(**change)
    else:
        Coverage.objects.update(ends_at=timezone.now())
    with pytest.raises(access.Refused):
        access.admission(rhea, report.slug, timezone.now())
    client.force_login(rhea)
    assert "Open to you" not in listed(client)


def test_list_agrees_with_access_in_two_queries(rhea, report, grant, django_assert_num_queries):
    documents = list(Document.objects.select_related("level").prefetch_related("versions"))
    with django_assert_num_queries(2):
        opened = access.open_grants(rhea, documents, timezone.now())
    assert opened == {report.pk: grant}
    assert access.admission(rhea, report.slug, timezone.now()).grant == grant


def test_requested_document_says_what_it_waits_for(client):
    agreement = cast.nda()
    rhea, document = cast.rhea(), cast.document()
    cast.current_version(document)
    request = cast.open_request(rhea, document)
    client.force_login(rhea)
    for path in ("/", "/documents/"):
        html = listed(client, path)
        assert "Waiting for you" in html
        assert f'href="{reverse("requests:request", args=[request.pk])}"' in html
    cast.sign(request, rhea, agreement)
    assert "In review" in listed(client)
    client.force_login(cast.otto())
    assert "In review" not in listed(client)


def test_overview_counts_the_reader_s_documents(client, rhea, report, grant):
    client.force_login(rhea)
    html = listed(client, "/")
    assert "Your access" in html and "1 open, 0 waiting" in html
    assert "Your access" not in listed(Client(), "/")


def test_anonymous_visitor_needs_no_queries_for_standings(report, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert standings(AnonymousUser(), [report], timezone.now()) == {}


@pytest.mark.parametrize(
    ("path", "queries"),
    # In addition to an anonymous visitor's page: the session with its person, their NDA, open requests
    # and grants; on the overview, open incidents, for everyone and for readers of a level.
    [("/", 17), ("/documents/", 8), ("/documents/soc-2-type-ii-report/", 9)],
)
def test_more_documents_need_no_more_queries(client, rhea, report, grant, django_assert_num_queries, path, queries):
    for number in range(8):
        document = cast.document(f"report-{number}")
        cast.current_version(document)
        AccessGrant.objects.create(approvals=1, holder=rhea, document=document, ends_at=grant.ends_at)
    client.force_login(rhea)
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200
