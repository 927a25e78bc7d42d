"""A requester who may not sign forwards the request; the colleague takes it over and gets nothing that was not decided
for them."""

import pytest
from django.urls import reverse

from documents.models import AccessGrant
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestStatus
from tests import cast
from tests.audit import logs
from trustcenter.audit import FlowError
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    rhea, ada = cast.rhea(), cast.ada()
    version = cast.nda()
    return rhea, ada, version, cast.open_request(rhea, cast.document())


def colleague():
    return cast.person("vera@example.com", "")


def offered(request, by, to="vera@example.com"):
    return flows.forward(cast.fresh(request), by=by, email=to)


def test_walk_from_the_signing_page_to_an_open_document(client, scene):
    rhea, ada, version, request = scene
    client.force_login(rhea)
    assert (
        reverse("requests:forward", args=[request.pk])
        in client.get(reverse("requests:sign", args=[request.pk, "nda"])).content.decode()
    )
    page = client.post(reverse("requests:forward", args=[request.pk]), {"email": "Vera@Example.com"}, follow=True)
    assert "Forwarded to vera@example.com" in page.content.decode()
    mail = Mail.objects.get(to="vera@example.com")
    link = reverse("requests:take_over", args=[request.pk])
    assert link in mail.body and "“Rhea Diaz” (rhea@example.com)" in mail.body
    vera = colleague()
    client.force_login(vera)
    shown = client.get(link).content.decode()
    assert "“Vendor review.”" in shown and "as your colleague stated it" in shown
    answer = client.post(link, {"name": "Vera Lind"})
    own = AccessRequest.objects.get(requester=vera)
    assert answer.url == reverse("requests:sign_next", args=[own.pk])
    assert (own.status, own.company_name, own.name, own.continues) == ("open", "Example Corp", "Vera Lind", request)
    cast.sign(own, vera, version)
    cast.approve(own, ada)
    assert AccessGrant.objects.get().holder == vera
    assert cast.fresh(request).status == RequestStatus.WITHDRAWN
    assert "“Vera Lind” (vera@example.com)" in Mail.objects.get(subject__startswith="A colleague took over").body
    client.force_login(rhea)
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    assert "<h1>A colleague took over your request</h1>" in page and "you withdrew" not in page
    assert "Withdrawn" not in client.get(reverse("requests:my")).content.decode()
    assert logs.differing() == []


def test_an_approval_of_the_first_person_opens_nothing_for_the_colleague(scene):
    rhea, ada, version, request = scene
    cast.approve(request, ada)
    vera = colleague()
    own = flows.take_over(offered(request, rhea), by=vera, name="Vera Lind")
    cast.sign(own, vera, version)
    assert not AccessGrant.objects.exists() and own.items.get().outcome == "pending"


def test_the_first_person_keeps_what_is_open_and_gets_nothing_from_the_signature(scene):
    rhea, ada, version, _request = scene
    opened, waits = cast.document("opened"), cast.document("waits", "restricted")
    request = cast.open_request(rhea, opened, waits)
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    newer = cast.nda("# Changed\n")
    vera = colleague()
    own = flows.take_over(offered(request, rhea), by=vera, name="Vera")
    cast.sign(own, vera, newer)
    assert cast.fresh(request).status == RequestStatus.GRANTED
    assert [grant.document for grant in AccessGrant.objects.filter(ended_at=None)] == [opened]
    assert [item.document for item in own.items.all()] == [waits]


def test_nobody_else_can_take_it_over(client, scene):
    rhea, _ada, _version, request = scene
    otto = cast.otto()
    offered(request, rhea)
    with pytest.raises(FlowError):
        flows.take_over(cast.fresh(request), by=otto, name="Otto")
    client.force_login(otto)
    assert client.get(reverse("requests:take_over", args=[request.pk])).status_code == 404
    offered(request, rhea, to=otto.email)
    # Another address replaces the first.
    with pytest.raises(FlowError):
        flows.take_over(cast.fresh(request), by=colleague(), name="Vera")


def test_only_the_requester_forwards_and_only_before_signing(client, scene):
    rhea, _ada, version, request = scene
    with pytest.raises(FlowError):
        offered(request, cast.otto())
    with pytest.raises(FlowError):
        offered(request, rhea, to=rhea.email)
    cast.sign(request, rhea, version)
    client.force_login(rhea)
    answer = client.post(reverse("requests:forward", args=[request.pk]), {"email": "vera@example.com"})
    assert answer.status_code == 409 and not Mail.objects.filter(to="vera@example.com").exists()


def test_a_request_that_was_withdrawn_says_so(client, scene):
    rhea, _ada, _version, request = scene
    offered(request, rhea)
    flows.withdraw(cast.fresh(request), by=rhea)
    client.force_login(colleague())
    link = reverse("requests:take_over", args=[request.pk])
    assert "This request is no longer waiting for a signature" in client.get(link).content.decode()
    assert client.post(link, {"name": "Vera"}).status_code == 409
    assert AccessRequest.objects.count() == 1


def test_forwarding_is_limited(client, scene):
    rhea, _ada, _version, request = scene
    client.force_login(rhea)
    url = reverse("requests:forward", args=[request.pk])
    statuses = [client.post(url, {"email": f"colleague{n}@example.com"}).status_code for n in range(12)]
    assert statuses == [302] * 10 + [429] * 2
