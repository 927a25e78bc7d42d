"""An approver ends access to one document, of one person or of a whole company."""

import copy
import json

import pytest
from django.utils import timezone

from documents.access import Refused, admission
from documents.models import AccessGrant, Delivery
from ndaflow.requests import flows
from ndaflow.requests.copies.models import DestructionRequest
from ndaflow.requests.models import RequestStatus
from tests import cast
from tests.signin import staff_client
from trustcenter.accounts.models import Company
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db
REASON = "Your contract has ended."


@pytest.fixture(scope="module")
def made(shared_scene):
    """Two documents of one request are open to Rhea, and one more waits in another."""
    ada, rhea = cast.ada(), cast.rhea()
    request = cast.granted(rhea, ada, cast.requestable("report"), cast.requestable("letter"))
    cast.open_request(rhea, cast.requestable("secret", "restricted"))
    return {"ada": ada, "rhea": rhea, "granted": request}


@pytest.fixture
def scene(made):
    return copy.deepcopy(made)


@pytest.fixture
def ada(client, scene):
    staff_client(client, scene["ada"])
    return scene["ada"]


@pytest.fixture
def rhea(scene):
    return scene["rhea"]


@pytest.fixture
def granted(scene):
    return scene["granted"]


def downloaded(grant, code):
    version = grant.document.versions.get()
    return Delivery.objects.create(
        code=code,
        grant=grant,
        version=version,
        reader=grant.holder,
        size=1,
        mark_bits=code.encode(),
        printed_email=grant.holder.email,
        printed_company="",
        session_hash="",
    )


def grant_of(request, slug):
    return request.items.get(document__slug=slug).grant


def is_open(person, slug):
    try:
        admission(person, slug, timezone.now())
    except Refused:
        return False
    return True


def test_one_document_closes_and_the_other_stays(ada, rhea, granted):
    flows.revoke_grant(grant_of(granted, "report"), by=ada, reason=REASON)
    assert not is_open(rhea, "report") and is_open(rhea, "letter")
    assert cast.fresh(granted).status == RequestStatus.GRANTED
    mail = Mail.objects.get(subject__startswith="Your access to Report was revoked")
    assert REASON in mail.body and "destroy" not in mail.body
    # With its last document the request is over.
    flows.revoke_grant(grant_of(granted, "letter"), by=ada, reason=REASON)
    assert cast.fresh(granted).status == RequestStatus.REVOKED
    with pytest.raises(FlowError, match="moved on"):
        flows.revoke_grant(grant_of(granted, "letter"), by=ada, reason=REASON)


def test_revoking_asks_to_destroy_the_copies_that_left(client, ada, rhea, granted):
    report, letter = grant_of(granted, "report"), grant_of(granted, "letter")
    downloaded(report, "AAAA-1")
    downloaded(letter, "BBBB-2")
    page = client.get(f"/desk/grants/{report.pk}/").content.decode()
    assert "AAAA-1" in page and "BBBB-2" not in page and "Ask them to destroy the copy" in page
    assert "Give a reason" in client.post(f"/desk/grants/{report.pk}/revoke/", {"destroy": "on"}).content.decode()
    client.post(f"/desk/grants/{report.pk}/revoke/", {"destroy": "on", "reason": REASON})
    asked = DestructionRequest.objects.get()
    assert (asked.holder, asked.codes, asked.reason) == (rhea, ["AAAA-1"], REASON)
    mail = Mail.objects.get(subject__startswith="Your access to Report was revoked")
    assert "AAAA-1" in mail.body and "/my/" in mail.body
    # What she was asked for once is not asked for again.
    flows.revoke_person(rhea, by=ada, reason=REASON, destroy=True)
    assert DestructionRequest.objects.exclude(pk=asked.pk).get().codes == ["BBBB-2"]


def test_request_page_asks_for_the_copies_of_its_documents(client, ada, rhea, granted):
    page = client.get(f"/desk/requests/{granted.pk}/").content.decode()
    assert "Revoke access…" in page and 'name="destroy"' not in page
    downloaded(grant_of(granted, "report"), "AAAA-1")
    # A copy of a document that another request opened is not part of this question.
    other = cast.approve(cast.open_request(rhea, cast.requestable("plan")), ada)
    downloaded(other.items.get().grant, "CCCC-3")
    assert "destroy the copy that" in client.get(f"/desk/requests/{granted.pk}/").content.decode()
    address = f"/desk/requests/{granted.pk}/revoke/"
    page = client.post(address, {"destroy": "on", "reason": " "}).content.decode()
    assert "Give a reason" in page and 'name="destroy" id="id_destroy_revoke" checked' in page
    assert client.get(address).status_code == 405
    client.post(address, {"destroy": "on", "reason": REASON})
    assert DestructionRequest.objects.get().codes == ["AAAA-1"]
    assert "AAAA-1" in Mail.objects.get(subject__startswith="Your access was revoked").body


def test_person_loses_everything_and_what_waits_is_denied(client, ada, rhea, granted):
    page = client.get(f"/desk/access/{rhea.pk}/").content.decode()
    assert "Report" in page and "Letter" in page and "Revoke access" in page
    answer = client.post(f"/desk/access/{rhea.pk}/revoke/", {"reason": REASON}, follow=True)
    assert "Revoked. Nothing can be opened" in answer.content.decode()
    assert not is_open(rhea, "report") and not AccessGrant.objects.filter(ended_at=None).exists()
    assert sorted(rhea.access_requests.values_list("status", flat=True)) == ["denied", "revoked"]
    assert set(rhea.access_requests.values_list("closing_reason", flat=True)) == {REASON}
    mail = Mail.objects.get(subject="Your access was revoked")
    assert mail.to == rhea.email and "Report" in mail.body
    detail = json.loads(Record.objects.get(action="grant.all_revoked").detail.body)
    assert {one["slug"] for one in detail["documents"]} == {"report", "letter"}
    again = client.post(f"/desk/access/{rhea.pk}/revoke/", {"reason": REASON})
    assert "have no access and are not waiting for any" in again.content.decode()


def test_company_loses_everything_with_one_reason(ada, rhea, granted):
    company = Company.objects.create(legal_name="Example Corp")
    vera, otto = cast.vera(), cast.otto()
    for person in (vera, otto):
        cast.granted(person, ada, cast.requestable(f"of-{person.name[:4].lower()}"))
    type(rhea).objects.filter(pk__in=[rhea.pk, vera.pk]).update(company=company)
    assert flows.revoke_company(company, by=ada, reason=REASON) == 2
    assert not is_open(rhea, "report") and not is_open(vera, "of-vera") and is_open(otto, "of-otto")
    details = [json.loads(one.detail.body) for one in Record.objects.filter(action="grant.all_revoked")]
    assert [one["company"] for one in details] == [company.pk] * 2
    told = Mail.objects.get(subject="Your access was revoked", to=vera.email).body
    assert "We revoked all your access. The reason:" in told and "denied" not in told
    with pytest.raises(FlowError, match="have no access"):
        flows.revoke_company(company, by=ada, reason=REASON)


def test_wrong_person_and_no_reason(client, ada, rhea, granted):
    grant, sal = grant_of(granted, "report"), cast.sal()
    company = Company.objects.create(legal_name="Example Corp")
    for revoke in (
        lambda **words: flows.revoke_grant(grant, **words),
        lambda **words: flows.revoke_person(rhea, **words),
        lambda **words: flows.revoke_company(company, **words),
    ):
        with pytest.raises(FlowError, match="permission"):
            revoke(by=sal, reason=REASON)
        with pytest.raises(FlowError, match="Give a reason"):
            revoke(by=ada, reason=" \n ")
    assert is_open(rhea, "report")
    assert client.get(f"/desk/access/{ada.pk}/").status_code == 404


def test_approved_and_unsigned_document_never_opens_after_the_person_was_revoked(ada):
    vera, version = cast.vera(), cast.nda()
    request = cast.approve(cast.open_request(vera, cast.requestable("plan")), ada)
    flows.revoke_person(vera, by=ada, reason=REASON)
    with pytest.raises(FlowError):
        cast.sign(request, vera, version)
    assert not AccessGrant.objects.filter(holder=vera).exists()


def test_company_page_asks_for_the_name_and_loses_nothing_typed(client, ada, rhea, granted):
    company = Company.objects.create(legal_name="Example Corp")
    type(rhea).objects.filter(pk=rhea.pk).update(company=company)
    downloaded(grant_of(granted, "report"), "AAAA-1")
    address = f"/desk/companies/{company.pk}/end/"
    assert "End all access…" in client.get(f"/desk/companies/{company.pk}/").content.decode()
    page = client.get(address).content.decode()
    assert "End access to 2 documents" in page and "AAAA-1" in page and "1 open request is denied" in page
    page = client.post(address, {"reason": REASON, "name": "Example Inc", "destroy": "on"}).content.decode()
    assert "This is not the name of the company" in page and REASON in page and is_open(rhea, "report")
    page = client.post(address, {"reason": REASON, "name": "example corp", "destroy": "on"}, follow=True)
    assert "Revoked for 1 person" in page.content.decode() and not is_open(rhea, "report")
    assert DestructionRequest.objects.get().codes == ["AAAA-1"]
    cast.open_request(rhea, cast.document("other"))
    assert "Deny 1 request" in " ".join(client.get(address).content.decode().split())
    assert client.get("/desk/companies/0000000000000000/end/").status_code == 404
