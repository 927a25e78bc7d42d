"""A document that needs two agreements: the requester signs one after the other, and it opens after both."""

import pytest
from django.urls import reverse

from documents.models import AccessGrant, Document
from ndaflow.agreements import confirming, coverage_flows
from ndaflow.agreements.models import Coverage, Signature
from ndaflow.requests import flows
from ndaflow.requests.models import RequestStatus
from tests import cast
from tests.audit import logs
from tests.ndaflow.requests.test_request_pages import current_step, headline, signing_form
from trustcenter.audit import FlowError
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def report():
    """Its level needs the NDA, and it needs a BAA of its own."""
    return cast.document(agreements=["baa"])


@pytest.fixture
def rhea(client):
    person = cast.rhea()
    client.force_login(person)
    return person


def page_of(client, request, name="requests:request", *of) -> str:
    return " ".join(client.get(reverse(name, args=[request.pk, *of])).content.decode().split())


def test_each_agreement_is_named_and_signed_in_its_turn(client, rhea, report):
    ada, nda, baa = cast.ada(), cast.nda(), cast.baa()
    request = cast.open_request(rhea, report)
    cast.approve(request, ada)
    page = page_of(client, request)
    assert headline(page) == "Your turn: sign the Mutual NDA and the BAA"
    assert "approved, opens once you sign the Mutual NDA and the BAA" in page
    assert "After this, you read and sign: BAA." in page
    sign_next = reverse("requests:sign_next", args=[request.pk])
    nda_page, baa_page = (reverse("requests:sign", args=[request.pk, slug]) for slug in ("nda", "baa"))
    assert client.get(sign_next).url == nda_page
    assert "After this: BAA." in page_of(client, request, "requests:sign", "nda")
    # The form leads to the next agreement, and the last one to the request.
    assert client.post(nda_page, signing_form(nda)).url == baa_page
    assert not AccessGrant.objects.exists()
    page = page_of(client, request)
    assert headline(page) == "Your turn: sign the BAA" and current_step(page) == ("Your turn", "Sign the BAA")
    assert client.post(baa_page, signing_form(baa)).url == reverse("requests:request", args=[request.pk])
    assert cast.fresh(request).status == RequestStatus.GRANTED
    assert set(request.items.get().opened_under) == {"nda", "baa"}
    page = page_of(client, request)
    assert page.count("Receipt of the signature") == 2 and "under Mutual NDA of" in page and "under BAA of" in page
    assert logs.differing() == []


def test_ending_one_of_two_closes_the_document(client, rhea, report):
    ada, versions = cast.ada(), [cast.nda(), cast.baa()]
    request = cast.open_request(rhea, report)
    for version in versions:
        cast.sign(request, rhea, version)
    cast.approve(request, ada)
    coverage_flows.end(Coverage.objects.get(agreement__slug="baa"), reason="No health data any more.", by=ada)
    page = page_of(client, request)
    assert headline(page) == "Sign the BAA to open Soc 2 type ii report" and "No health data any more." in page
    assert client.get(reverse("requests:sign_next", args=[request.pk])).url.endswith("/sign/baa/")
    # My access offers the same, and says that the signature has ended.
    mine = " ".join(client.get(reverse("requests:my")).content.decode().split())
    assert "Closed until you sign" in mine and "BAA, version 1" in mine and "Ended" in mine


def test_agreement_without_a_text_or_unheard_of_keeps_the_document_shut(client, rhea):
    ada, version = cast.ada(), cast.nda()
    request = cast.open_request(rhea, cast.document(agreements=["unheard-of"]))
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    assert not AccessGrant.objects.exists()
    page = page_of(client, request)
    assert headline(page) == "We are preparing the agreement" and "write to you when you can sign" in page
    assert client.get(reverse("requests:sign_next", args=[request.pk])).url == reverse(
        "requests:request", args=[request.pk]
    )
    for name in ("requests:sign", "requests:agreement_text"):
        missing = client.get(reverse(name, args=[request.pk, "unheard-of"]))
        assert missing.status_code == (302 if name == "requests:sign" else 404)


def test_agreement_that_the_request_does_not_need_cannot_be_signed_through_it(client, rhea):
    cast.nda()
    request, baa = cast.open_request(rhea, cast.document()), cast.baa()
    assert client.get(reverse("requests:sign", args=[request.pk, "baa"])).status_code == 404
    with pytest.raises(FlowError, match="do not need this agreement"):
        cast.sign(request, rhea, baa)
    assert not Signature.objects.exists()


def test_stricter_document_shuts_out_who_has_not_signed(client, rhea):
    ada, baa = cast.ada(), cast.baa()
    request = cast.granted(rhea, ada, cast.document())
    Document.objects.update(agreements=["baa"])
    page = page_of(client, request)
    assert headline(page) == "Sign the BAA to open Soc 2 type ii report" and "it needs the BAA now." in page
    cast.sign(request, rhea, baa)
    assert headline(page_of(client, request)) == "Your document is open"


def test_covered_colleague_sees_whose_signature_it_is_and_signs_nothing(client):
    ada, rhea, vera = cast.ada(), cast.rhea(), cast.vera()
    version = cast.nda(covers="company")
    signature = cast.sign(cast.open_request(rhea, cast.document()), rhea, version)
    request = cast.open_request(vera, cast.document("caiq"))
    cast.confirm_company(rhea, ada)
    confirming.confirm(signature, by=ada)
    client.force_login(vera)
    page = page_of(client, request)
    assert headline(page) == "We are reviewing your request" and "There is nothing for you to sign." in page
    assert "Rhea Diaz signed version 1 for Example Corp, Inc. on" in page and "You sign nothing." in page
    assert "Everyone at Example Corp" in page and "/my/agreements/" not in page
    mine = " ".join(client.get(reverse("requests:my")).content.decode().split())
    assert "signed by Rhea Diaz for Example Corp, Inc." in mine and "Covers you" in mine
    assert client.get(reverse("requests:sign", args=[request.pk, "nda"])).status_code == 302
    with pytest.raises(FlowError, match="nothing to sign"):
        cast.sign(request, vera, version)
    # The evidence and the sealed copy stay the signer's.
    assert client.get(reverse("agreements:signed_copy", args=[signature.pk])).status_code == 404
    Mail.objects.all().delete()
    cast.approve(request, ada)
    assert Mail.objects.filter(to=vera.email).count() == 1 and cast.fresh(request).status == RequestStatus.GRANTED
    with pytest.raises(FlowError):
        flows.forward(cast.fresh(request), by=vera, email="x@example.com")
