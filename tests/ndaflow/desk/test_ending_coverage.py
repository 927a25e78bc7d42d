"""Legal, an approver or the clock ends coverage: documents close at once, and their readers are told."""

import copy
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ndaflow.agreements import confirming, coverage_flows, routine
from ndaflow.agreements.coverage import covered
from ndaflow.agreements.models import Coverage
from tests import cast
from tests.audit import logs
from tests.signin import staff_client
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(shared_scene):
    """Rhea has signed for her company, which is confirmed; she and her colleague Vera have a document each."""
    ada, rhea, vera = cast.ada(), cast.rhea(), cast.vera()
    version = cast.nda(covers="company")
    requests = [cast.open_request(rhea, cast.document()), cast.open_request(vera, cast.document("caiq"))]
    signature = cast.sign(requests[0], rhea, version)
    cast.confirm_company(rhea, ada)
    confirming.confirm(signature, by=ada)
    for request in requests:
        cast.approve(request, ada)
    Mail.objects.all().delete()
    rhea.refresh_from_db(), vera.refresh_from_db()
    own, wide = Coverage.objects.get(scope="person"), Coverage.objects.get(scope="company")
    return {
        "ada": ada,
        "rhea": rhea,
        "vera": vera,
        "own": own,
        "wide": wide,
        "requests": requests,
        "signature": signature,
    }


@pytest.fixture
def scene(made):
    return copy.deepcopy(made)


@pytest.fixture
def ada(scene):
    return scene["ada"]


def who(scene) -> str:
    return " ".join(name for name in ("rhea", "vera") if covered(scene[name], timezone.now()))


def told() -> dict[str, str]:
    return {mail.to: mail.body for mail in Mail.objects.filter(subject__contains="no longer covers you")}


def test_legal_ends_what_covers_a_company(client, scene):
    lena = cast.person("lena@trust.example", "Lena Legal", "legal")
    back = reverse("desk:request", args=[scene["requests"][0].pk])
    answer = staff_client(client, lena).post(
        reverse("desk:end_coverage", args=[scene["wide"].pk]), {"reason": "The contract ended.", "back": back}
    )
    assert answer.url == back
    assert who(scene) == "rhea"
    assert set(told()) == {"vera@example.com"}
    body = told()["vera@example.com"]
    assert "“The contract ended.”" in body and "Caiq" in body and "/my/" in body
    assert Record.objects.latest("number").action == Action.COVERAGE_ENDED
    assert logs.differing() == []
    client.force_login(scene["vera"])
    page = client.get(reverse("requests:request", args=[scene["requests"][1].pk])).content.decode()
    assert "Closed until you sign" in page and "The contract ended." in page and "Sign it to open the document." in page
    # She can sign for herself.
    cast.sign(scene["requests"][1], scene["vera"], scene["signature"].version)
    assert who(scene) == "rhea vera"


def test_ending_what_covers_the_signer_ends_what_rests_on_the_same_signature(ada, scene):
    coverage_flows.end(scene["own"], reason="She may not sign for the company.", by=ada)
    assert who(scene) == "" and set(told()) == {"rhea@example.com", "vera@example.com"}
    with pytest.raises(FlowError, match="already ended"):
        coverage_flows.end(scene["wide"], reason="Again.", by=ada)
    assert logs.differing() == []


def test_who_is_covered_otherwise_is_not_told(ada, scene):
    coverage_flows.end(scene["wide"], reason="Over.", by=ada)
    assert who(scene) == "rhea" and "rhea@example.com" not in told()


def test_the_clock_ends_it_and_tells_the_readers_once(scene):
    Coverage.objects.update(ends_at=timezone.now() + timedelta(microseconds=1))
    assert who(scene) == "", "closed before the clock runs"
    routine.expire_coverage(), routine.expire_coverage()
    assert set(told()) == {"rhea@example.com", "vera@example.com"} and len(told()) == Mail.objects.count()
    assert "reason" not in told()["vera@example.com"]
    assert {row.end for row in Coverage.objects.all()} == {"expired"}
    assert Record.objects.filter(action=Action.COVERAGE_EXPIRED).count() == 2


def test_wrong_person_no_reason_wrong_method_and_missing(client, ada, scene):
    for person in (scene["rhea"], cast.sal(), cast.edda()):
        with pytest.raises(FlowError, match="permission"):
            coverage_flows.end(scene["wide"], reason="No.", by=person)
    client, url = staff_client(client, ada), reverse("desk:end_coverage", args=[scene["wide"].pk])
    assert client.get(url).status_code == 405
    back = reverse("desk:request", args=[scene["requests"][0].pk])
    page = client.post(url, {"reason": "  \n", "back": back}, follow=True).content.decode()
    assert "Give a reason. The people who are covered read it." in page and who(scene) == "rhea vera"
    assert client.post(reverse("desk:end_coverage", args=["0" * 16])).status_code == 404
