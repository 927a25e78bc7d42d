from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.requests import flows, routine
from ndaflow.requests.models import AccessRequest, RequestStatus
from tests import cast
from trustcenter.accounts import staff
from trustcenter.accounts.models import Company
from trustcenter.accounts.roles import Role
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


def test_draft_becomes_an_open_request_that_waits_for_signature_and_approval():
    cast.ada()
    cast.nda()
    request = cast.open_request(cast.rhea(), cast.document())
    assert request.status == RequestStatus.OPEN
    assert request.requester.email == "rhea@example.com"
    assert Company.objects.get(domains__domain="example.com").legal_name == "Example Corp"
    assert set(Mail.objects.values_list("to", flat=True)) == {"rhea@example.com", "ada@trust.example"}
    assert Record.objects.filter(action=Action.REQUEST_OPENED).exists()


def test_draft_without_documents_is_refused():
    with pytest.raises(FlowError):
        cast.draft()
    assert not AccessRequest.objects.exists()


def test_public_document_cannot_be_requested():
    with pytest.raises(FlowError):
        cast.draft(cast.document(level_slug="public"))


@pytest.mark.parametrize(("session", "who"), [("c" * 64, cast.rhea), ("", cast.rhea), (cast.SESSION, cast.otto)])
def test_draft_opens_only_in_its_browser_and_for_its_address(session, who):
    draft = cast.draft(cast.document())
    with pytest.raises(FlowError, match="another browser"):
        flows.open_draft(draft, by=who(), session_hash=session)
    assert cast.fresh(draft).status == RequestStatus.DRAFT
    assert Record.objects.filter(action=Action.REQUEST_REFUSED).exists()


def test_recorded_refusals_per_person_are_limited():
    request, ada = cast.open_request(cast.rhea(), cast.document()), cast.ada()
    for who, kept in ((cast.otto(), 20), (ada, 40)):
        for _try in range(25):
            with pytest.raises(FlowError, match="Only the person who made"):
                flows.withdraw(cast.fresh(request), by=who)
        assert Record.objects.filter(action=Action.REQUEST_REFUSED).count() == kept


def test_draft_opens_once():
    draft, rhea = cast.draft(cast.document()), cast.rhea()
    flows.open_draft(draft, by=rhea, session_hash=cast.SESSION)
    with pytest.raises(FlowError):
        flows.open_draft(draft, by=rhea, session_hash=cast.SESSION)


def test_document_cannot_be_requested_again_while_a_request_is_open():
    rhea, soc2, pentest = cast.rhea(), cast.document(), cast.document("pentest", "restricted")
    cast.open_request(rhea, soc2)
    with pytest.raises(FlowError, match="already requested"):
        cast.open_request(rhea, soc2)
    second = cast.open_request(rhea, soc2, pentest)
    assert [item.document for item in second.items.all()] == [pentest]


@pytest.mark.parametrize("end", ["withdrawn", "denied", "revoked", "expired"])
def test_document_of_an_ended_request_can_be_requested_again(end):
    rhea, ada, soc2 = cast.rhea(), cast.ada(), cast.document()
    match end:
        case "withdrawn":
            flows.withdraw(cast.open_request(rhea, soc2), by=rhea)
        case "denied":
            flows.deny(cast.open_request(rhea, soc2), by=ada, reason="No contract.")
        case "revoked":
            flows.revoke(cast.granted(rhea, ada, soc2), by=ada, reason="Contract ended.")
        case "expired":
            cast.granted(rhea, ada, soc2)
            past = timezone.now() - timedelta(days=1)
            AccessGrant.objects.update(starts_at=past - timedelta(days=1), ends_at=past)
            routine.expire_requests()
    assert cast.open_request(rhea, soc2).status == RequestStatus.OPEN


def test_drafts_without_a_code_are_deleted_after_a_day():
    old, new = cast.draft(cast.document()), cast.draft(cast.document("caiq"))
    AccessRequest.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    routine.forget_drafts()
    assert list(AccessRequest.objects.all()) == [new]


def test_only_the_requester_can_withdraw():
    rhea, otto = cast.rhea(), cast.otto()
    request = cast.open_request(rhea, cast.document())
    with pytest.raises(FlowError):
        flows.withdraw(request, by=otto)
    flows.withdraw(request, by=rhea)
    assert cast.fresh(request).status == RequestStatus.WITHDRAWN


def test_question_pauses_the_request_until_it_is_answered():
    rhea, ada, soc2 = cast.rhea(), cast.ada(), cast.document()
    version = cast.nda()
    request = cast.open_request(rhea, soc2)
    flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    with pytest.raises(FlowError, match="already open"):
        flows.ask_question(cast.fresh(request), by=ada, text="And why?")
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    assert cast.fresh(request).status == RequestStatus.OPEN
    with pytest.raises(FlowError):
        flows.answer(cast.fresh(request), by=cast.otto(), text="Mine!")
    with pytest.raises(FlowError):
        flows.answer(cast.fresh(request), by=rhea, text="  ")
    flows.answer(cast.fresh(request), by=rhea, text="Example Corp, Inc.")
    assert cast.fresh(request).status == RequestStatus.GRANTED


@pytest.mark.parametrize("leaves", ["the staff", "the role"])
def test_answer_goes_to_the_others_when_the_one_who_asked_has_left(leaves):
    rhea, ada, ben = cast.rhea(), cast.ada(), cast.ben()
    request = cast.open_request(rhea, cast.document())
    flows.ask_question(cast.fresh(request), by=ben, text="Which entity?")
    if leaves == "the staff":
        staff.close(ben, by=ada)
    else:
        staff.change_roles(ben, [Role.SALES], seen=["approver"], by=ada)
    Mail.objects.all().delete()
    flows.answer(cast.fresh(request), by=rhea, text="The German one.")
    assert Mail.objects.get().to == ada.email
