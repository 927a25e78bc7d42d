"""A gated document without a file is in preparation: it is listed, and nobody can request it."""

import pytest
from django.urls import reverse

from ndaflow.requests import flows
from tests import cast
from trustcenter.audit import FlowError

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/documents/", "/documents/report/"])
def test_it_says_so_and_offers_no_request(client, path):
    cast.document("report", title="The report")
    page = client.get(path).content.decode()
    assert "In preparation" in page and "?document=report" not in page
    cast.requestable("other")
    assert "?document=other" in client.get("/documents/other/").content.decode()


def test_the_form_does_not_offer_it(client):
    cast.document("report", title="The report")
    cast.requestable("other", title="Another report")
    page = client.get(reverse("requests:ask") + "?document=report").content.decode()
    assert "Another report" in page and "The report" not in page


def test_the_flow_refuses_it():
    report = cast.document("report", title="The report")
    with pytest.raises(FlowError, match="The report is in preparation"):
        flows.draft(
            [report], email="r@example.com", name="R", company_name="C", reason="Why not.", session_hash=cast.SESSION
        )
