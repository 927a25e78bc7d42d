"""People of a confirmed company see which of their colleagues may read what; nobody else learns who is whose colleague."""

import pytest
from django.urls import reverse
from django.utils import timezone

from ndaflow.requests import colleagues
from tests import cast
from trustcenter.accounts.companies import flows as companies
from trustcenter.accounts.models import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(client):
    rhea, vera, ada = cast.rhea(), cast.vera(), cast.ada()
    soc2 = cast.requestable()
    cast.granted(vera, ada, soc2)
    cast.open_request(rhea, soc2)
    rhea.refresh_from_db()
    client.force_login(rhea)
    return rhea, vera, ada


def page(client) -> str:
    return client.get(reverse("requests:my")).content.decode()


def test_only_once_the_company_is_confirmed(client, scene, django_assert_num_queries):
    rhea, _vera, ada = scene
    assert "Vera Lind" not in page(client) and "Colleagues with access" not in page(client)
    companies.confirm(Company.objects.get(), legal_name="Example Corp, Inc.", by=ada)
    rhea.refresh_from_db()
    shown = page(client)
    assert "Colleagues with access" in shown and "Vera Lind" in shown and "Example Corp, Inc." in shown
    with django_assert_num_queries(3):
        assert len(colleagues.with_access(rhea, timezone.now())) == 1


def test_ended_access_and_other_companies_are_not_listed(client, scene):
    rhea, vera, ada = scene
    companies.confirm(Company.objects.get(), legal_name="Example Corp, Inc.", by=ada)
    otto = cast.otto()
    client.force_login(otto)
    assert "Vera Lind" not in page(client)
    rhea.refresh_from_db()
    cast.flows.revoke(cast.fresh(vera.access_requests.get()), by=ada, reason="Left the company.")
    assert colleagues.with_access(rhea, timezone.now()) == []
