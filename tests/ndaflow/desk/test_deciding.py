from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.requests import flows, routine
from ndaflow.requests.flows import ItemDecision
from ndaflow.requests.models import Decision, RequestedDocument, RequestStatus
from tests import cast
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


def test_last_gate_opens_the_documents_in_any_order():
    for signs_first in (True, False):
        rhea = cast.person(f"rhea{signs_first}@example.com", "Rhea")
        ada = cast.person(f"ada{signs_first}@trust.example", "Ada", "approver")
        soc2, version = cast.document(f"soc2-{signs_first}".lower()), cast.nda()
        request = cast.open_request(rhea, soc2)
        steps = [lambda: cast.sign(request, rhea, version), lambda: cast.approve(request, ada)]  # noqa: B023
        for step in steps if signs_first else reversed(steps):
            assert not AccessGrant.objects.filter(holder=rhea).exists()
            step()
        assert cast.fresh(request).status == RequestStatus.GRANTED
        grant = AccessGrant.objects.get(holder=rhea)
        assert grant.document == soc2 and grant.is_open_at(timezone.now())


def test_requester_is_told_when_documents_open():
    rhea, ada = cast.rhea(), cast.ada()
    cast.granted(rhea, ada, cast.document())
    assert Mail.objects.filter(to=rhea.email, subject__startswith="Your documents are ready").exists()


def test_requester_is_told_why_when_denied():
    rhea, ada = cast.rhea(), cast.ada()
    request = flows.deny(cast.open_request(rhea, cast.document()), by=ada, reason="We have no contract with you yet.")
    assert (request.status, request.closing_reason) == (RequestStatus.DENIED, "We have no contract with you yet.")
    assert "We have no contract with you yet." in Mail.objects.filter(to=rhea.email).first().body


@pytest.mark.parametrize("reason", ["", "   "])
def test_denial_without_a_reason_is_refused(reason):
    ada = cast.ada()
    request = cast.open_request(cast.rhea(), cast.document())
    with pytest.raises(FlowError, match="reason"):
        flows.deny(request, by=ada, reason=reason)
    assert cast.fresh(request).status == RequestStatus.OPEN


def test_restricted_document_takes_two_people():
    rhea, ada, ben = cast.rhea(), cast.ada(), cast.ben()
    version = cast.nda()
    request = cast.open_request(rhea, cast.document(level_slug="restricted"))
    cast.sign(request, rhea, version)
    cast.approve(request, ada, days=90)
    assert cast.fresh(request).status == RequestStatus.OPEN
    with pytest.raises(FlowError, match="another person"):
        cast.approve(request, ada)
    cast.approve(request, ben, days=10)
    assert cast.fresh(request).status == RequestStatus.GRANTED
    assert AccessGrant.objects.get().ends_at < timezone.now() + timedelta(days=11), "the earlier end applies"


def test_one_of_two_approvers_can_deny():
    rhea, ada, ben = cast.rhea(), cast.ada(), cast.ben()
    request = cast.open_request(rhea, cast.document(level_slug="restricted"))
    cast.approve(request, ada)
    flows.deny(cast.fresh(request), by=ben, reason="Not for prospects.")
    assert cast.fresh(request).status == RequestStatus.DENIED


def test_some_documents_can_be_denied_and_others_open():
    rhea, ada, version = cast.rhea(), cast.ada(), cast.nda()
    request = cast.open_request(rhea, cast.document(), cast.document("bridge-letter"))
    cast.sign(request, rhea, version)
    yes, no = request.items.all()
    decisions = [
        cast.approval(yes, timezone.now() + timedelta(days=5)),
        ItemDecision(item_id=no.pk, verdict=Decision.Verdict.DENY, reason="Outdated."),
    ]
    flows.decide(cast.fresh(request), decisions, by=ada)
    assert cast.fresh(request).status == RequestStatus.GRANTED
    assert [grant.document for grant in AccessGrant.objects.all()] == [yes.document]


def test_document_opens_while_another_one_waits():
    rhea, ada, ben, version = cast.rhea(), cast.ada(), cast.ben(), cast.nda()
    request = cast.open_request(rhea, cast.document("soc2"), cast.document("pentest", "restricted"))
    cast.sign(request, rhea, version)
    cast.approve(request, ada, days=5)
    assert cast.fresh(request).status == RequestStatus.OPEN
    assert [grant.document.slug for grant in AccessGrant.objects.open_at(timezone.now())] == ["soc2"]
    opened = Mail.objects.filter(to=rhea.email, subject__startswith="Your documents are ready").get()
    assert "Still waiting" in opened.body
    cast.approve(request, ben, days=5)
    assert cast.fresh(request).status == RequestStatus.GRANTED
    assert AccessGrant.objects.open_at(timezone.now()).count() == 2


def test_denial_is_mailed_at_once_while_another_document_waits():
    rhea, ada = cast.rhea(), cast.ada()
    request = cast.open_request(rhea, cast.document("soc2"), cast.document("pentest", "restricted"))
    soc2 = request.items.get(document__slug="soc2")
    flows.decide(
        cast.fresh(request),
        [ItemDecision(item_id=soc2.pk, verdict=Decision.Verdict.DENY, reason="Outdated.")],
        by=ada,
    )
    assert cast.fresh(request).status == RequestStatus.OPEN
    told = Mail.objects.filter(to=rhea.email, subject__startswith="Part of your request").get()
    assert "Outdated." in told.body and "continues for" in told.body


def test_open_document_can_be_revoked_while_another_one_waits():
    rhea, ada, version = cast.rhea(), cast.ada(), cast.nda()
    request = cast.open_request(rhea, cast.document("soc2"), cast.document("pentest", "restricted"))
    with pytest.raises(FlowError):
        flows.revoke(cast.fresh(request), by=ada, reason="Nothing is open yet.")
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    flows.revoke(cast.fresh(request), by=ada, reason="Over.")
    assert cast.fresh(request).status == RequestStatus.REVOKED
    assert not AccessGrant.objects.open_at(timezone.now()).exists()


def test_withdrawal_keeps_open_documents_open():
    rhea, ada, version = cast.rhea(), cast.ada(), cast.nda()
    request = cast.open_request(rhea, cast.document("soc2"), cast.document("pentest", "restricted"))
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    flows.withdraw(cast.fresh(request), by=rhea)
    assert cast.fresh(request).status == RequestStatus.GRANTED
    assert [item.outcome for item in request.items.order_by("document__slug")] == ["withdrawn", "approved"]
    assert AccessGrant.objects.open_at(timezone.now()).count() == 1


def test_approver_cannot_decide_their_own_request():
    ada = cast.ada()
    request = cast.open_request(ada, cast.document())
    for step in (
        lambda: cast.approve(request, ada),
        lambda: flows.deny(cast.fresh(request), by=ada, reason="No."),
        lambda: flows.ask_question(cast.fresh(request), by=ada, text="Why?"),
    ):
        with pytest.raises(FlowError, match="own request"):
            step()


@pytest.mark.parametrize("who", [cast.rhea, cast.otto, cast.sal, cast.edda])
def test_only_approvers_can_decide(who):
    requester = cast.vera()
    person = who()
    request = cast.open_request(requester, cast.document())
    with pytest.raises(FlowError, match="permission to decide"):
        cast.approve(request, person)
    assert not Decision.objects.exists()
    assert Record.objects.filter(action=Action.REQUEST_REFUSED, actor=person.pk).exists()


def test_second_decision_on_a_document_is_refused():
    rhea, ada, ben = cast.rhea(), cast.ada(), cast.ben()
    request = cast.open_request(rhea, cast.document())
    decisions = [cast.approval(item, timezone.now() + timedelta(days=5)) for item in request.items.all()]
    flows.decide(cast.fresh(request), decisions, by=ada)
    with pytest.raises(FlowError, match="already been decided"):
        flows.decide(cast.fresh(request), decisions, by=ben)


def test_end_date_in_the_past_is_refused():
    ada = cast.ada()
    request = cast.open_request(cast.rhea(), cast.document())
    with pytest.raises(FlowError, match="end date"):
        cast.approve(request, ada, days=-1)


def test_document_of_another_request_cannot_be_decided():
    rhea, vera, ada = cast.rhea(), cast.vera(), cast.ada()
    mine, other = cast.open_request(rhea, cast.document()), cast.open_request(vera, cast.document("caiq"))
    with pytest.raises(FlowError, match="not part of"):
        flows.decide(mine, [cast.approval(other.items.get(), timezone.now() + timedelta(days=1))], by=ada)


def test_approval_that_expired_before_the_signature_opens_nothing():
    rhea, ada, version = cast.rhea(), cast.ada(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.approve(request, ada)
    Decision.objects.update(until=timezone.now() - timedelta(seconds=1))
    cast.sign(request, rhea, version)
    assert cast.fresh(request).status == RequestStatus.DENIED
    assert request.items.get().outcome == RequestedDocument.Outcome.LAPSED
    assert not AccessGrant.objects.exists()
    assert Record.objects.order_by("-number").first().action == Action.REQUEST_LAPSED
    assert "approval ended" in Mail.objects.filter(to=rhea.email).first().body


def test_approver_of_one_document_can_deny_the_others():
    ada, ben = cast.ada(), cast.ben()
    request = cast.open_request(cast.rhea(), cast.document("pentest", "restricted"), cast.document())
    restricted = request.items.get(document__slug="pentest")
    flows.decide(cast.fresh(request), [cast.approval(restricted, timezone.now() + timedelta(days=5))], by=ada)
    flows.deny(cast.fresh(request), by=ada, reason="Not now.")
    assert [item.outcome for item in request.items.order_by("document__slug")] == ["pending", "denied"]
    flows.deny(cast.fresh(request), by=ben, reason="No.")
    assert cast.fresh(request).status == RequestStatus.DENIED


def test_expiry_is_not_mailed_to_a_reader_with_a_newer_grant():
    rhea, ada, soc2 = cast.rhea(), cast.ada(), cast.document()
    first = cast.granted(rhea, ada, soc2)
    cast.approve(cast.open_request(rhea, soc2), ada)
    routine.expire_requests()
    assert cast.fresh(first).status == RequestStatus.EXPIRED
    assert not Mail.objects.filter(subject__startswith="Your access has ended").exists()


def test_revocation_closes_everything_at_once_and_gives_the_reason():
    rhea, ada = cast.rhea(), cast.ada()
    request = cast.granted(rhea, ada, cast.document())
    with pytest.raises(FlowError, match="reason"):
        flows.revoke(cast.fresh(request), by=ada, reason=" ")
    flows.revoke(cast.fresh(request), by=ada, reason="Contract ended.")
    assert not AccessGrant.objects.open_at(timezone.now()).exists()
    assert "Contract ended." in Mail.objects.filter(to=rhea.email).first().body
    with pytest.raises(FlowError):
        flows.revoke(cast.fresh(request), by=ada, reason="Again.")


def test_requester_cannot_revoke():
    rhea, ada = cast.rhea(), cast.ada()
    request = cast.granted(rhea, ada, cast.document())
    with pytest.raises(FlowError, match="permission to decide"):
        flows.revoke(cast.fresh(request), by=rhea, reason="I want to.")


def test_status_expires_after_the_grants_ended():
    rhea, ada = cast.rhea(), cast.ada()
    request = cast.granted(rhea, ada, cast.document())
    with pytest.raises(FlowError, match="still open"):
        flows.expire(cast.fresh(request))
    past = timezone.now() - timedelta(days=1)
    AccessGrant.objects.update(starts_at=past - timedelta(days=1), ends_at=past)
    assert not AccessGrant.objects.open_at(timezone.now()).exists(), "access is refused before any task has run"
    routine.expire_requests()
    assert cast.fresh(request).status == RequestStatus.EXPIRED
    assert AccessGrant.objects.get().end == "expired"


def test_newer_grant_replaces_the_older_one():
    rhea, ada, soc2 = cast.rhea(), cast.ada(), cast.document()
    cast.granted(rhea, ada, soc2)
    second = cast.open_request(rhea, soc2)
    cast.approve(second, ada)
    assert AccessGrant.objects.filter(ended_at=None).count() == 1
    flows.revoke(cast.fresh(second), by=ada, reason="Over.")
    assert not AccessGrant.objects.open_at(timezone.now()).exists()


def test_database_refuses_a_grant_before_every_gate_has_passed():
    """Not even a wrong code path can grant a document without its approvals and what covers its reader."""
    rhea, ada, soc2 = cast.rhea(), cast.ada(), cast.document()
    request = cast.granted(rhea, ada, soc2)
    signature = request.signatures.get()
    denied = {"outcome": "denied", "refused_at": timezone.now()}
    for changes in ({"outcome": "pending"}, denied, {"opened_under": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RequestedDocument.objects.update(**changes)
    assert RequestedDocument.objects.get().opened_under == {"nda": signature.coverage.get().pk}


def test_every_step_is_recorded():
    rhea, ada = cast.rhea(), cast.ada()
    flows.revoke(cast.granted(rhea, ada, cast.document()), by=ada, reason="Over.")
    written = list(Record.objects.order_by("number").values_list("action", flat=True))
    assert [action for action in written if action != Action.AGREEMENT_PUBLISHED] == [
        Action.REQUEST_DRAFTED,
        Action.REQUEST_OPENED,
        Action.REQUEST_SIGNED,
        Action.REQUEST_APPROVED,
        Action.REQUEST_GRANTED,
        Action.REQUEST_REVOKED,
    ]
