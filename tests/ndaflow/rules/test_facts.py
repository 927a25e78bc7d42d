"""The facts of situations: the same risks as at the desk, and what conditions look at."""

import copy
from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.agreements.coverage import covering
from ndaflow.requests import flows, gates, risks
from ndaflow.requests.earlier import with_held
from ndaflow.requests.models import AccessRequest, RequestedDocument
from ndaflow.requests.risks import Kind
from ndaflow.rules.situations import facts_of
from tests import cast
from trustcenter.accounts.companies.flows import confirm
from trustcenter.accounts.models import CompanyDomain, Listed

pytestmark = pytest.mark.django_db


def facts(requests, at):
    items = RequestedDocument.objects.filter(request__in=requests)
    items = list(items.select_related("document__level", "request__requester__company").order_by("pk"))
    return items, facts_of(items, {one.pk: at for one in requests})


def at_the_desk(request, at):
    """The codes of the risks that an approver sees."""
    items = list(with_held(request.items.select_related("document__level"), at))
    coverage = covering(request.requester, gates.required(items), at, new=True)
    found = risks.warnings(request, coverage) + risks.notes(request, items, reader=request.requester)
    return {one.kind.value for one in found} - {Kind.OWN_REQUEST.value}


def test_what_conditions_look_at():
    ada, version, soc2 = cast.ada(), cast.nda(), cast.document()
    rhea, vera = cast.rhea(), cast.vera()
    first = cast.open_request(rhea, soc2)
    cast.sign(first, rhea, version)
    cast.approve(first, ada)
    second = cast.open_request(vera, soc2, cast.document("pentest", "restricted"))
    AccessRequest.objects.filter(pk=second.pk).update(country="DE", days_wanted=14)
    confirm(rhea.company, legal_name="Example Corp", by=ada)
    items, found = facts([first, cast.fresh(second)], timezone.now())
    of_first, of_second, of_pentest = [found[item.pk] for item in items]
    assert (of_first.covered, of_second.covered) == (True, False)
    assert (of_first.colleagues, of_second.colleagues, of_pentest.colleagues) == (0, 1, 0)
    assert (of_second.country, of_second.days, of_second.documents, of_first.days) == ("DE", 14, 2, 365)
    assert (of_second.level, of_pentest.level, of_pentest.longest_days) == ("nda", "restricted", 1095)
    assert of_second.confirmed and not of_second.customer and not of_second.is_staff
    # In the past, the grant was not there yet, and later it is over.
    past, later = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=400)
    for at in (past, later):
        items, found = facts([cast.fresh(second)], at)
        assert found[items[0].pk].colleagues == 0
    assert AccessGrant.objects.count() == 1 and CompanyDomain.objects.count() == 1


@pytest.fixture(scope="module")
def made(shared_scene):
    """Requests that show every risk that the desk knows."""
    ada, version, soc2 = cast.ada(), cast.nda(), cast.document()
    addresses = ["rhea@example.com", "vera@example.com", "v@exarnple.com", "f@gmail.com", "g@gmail.com"]
    addresses += ["b@bad.example", "d@sub.bad.example", "k@xn--80ak6aa92e.com", "m@xn--pple-43d.com"]
    people = [cast.person(address, "Rhea Diaz") for address in addresses]
    requests = [cast.open_request(one, soc2) for one in people]
    company = people[0].company
    confirm(company, legal_name="Another Name", by=ada)
    cast.sign(requests[0], people[0], version)
    cast.approve(requests[0], ada)
    flows.deny(cast.fresh(requests[3]), by=ada, reason="No.")
    for name, domain, address in [("block", "bad.example", ""), ("allow", "", "g@gmail.com")]:
        Listed.objects.create(verdict=name, domain=domain, address=address, reason="So.", added_by=ada)
    # Again, after a grant, a denial, and under another name than the signature's.
    requests.append(cast.open_request(people[0], soc2))
    AccessRequest.objects.filter(pk=requests[-1].pk).update(name="Rea Dias")
    requests.append(cast.open_request(people[3], soc2))
    cast.sign(requests[1], people[1], version)
    cast.approve(requests[1], ada)
    flows.revoke(cast.fresh(requests[1]), by=ada, reason="Over.")
    requests.append(cast.open_request(people[1], soc2))
    return AccessRequest.objects.select_related("requester__company").filter(pk__in=[one.pk for one in requests])


@pytest.fixture
def many(made):
    return copy.deepcopy(made)


def test_risks_are_those_of_the_desk(many):
    at = timezone.now()
    items, found = facts(many, at)
    desk = {one.pk: at_the_desk(one, at) for one in many}
    assert {item.request_id: set(found[item.pk].risks) for item in items} == desk
    shown = set().union(*desk.values())
    assert shown == {kind.value for kind in Kind} - {Kind.OWN_REQUEST.value}, "every kind is compared"


def test_queries_do_not_grow_with_the_requests(many, django_assert_max_num_queries):
    at = timezone.now()
    for requests in (many[:1], many):
        with django_assert_max_num_queries(17):
            facts(list(requests), at)
