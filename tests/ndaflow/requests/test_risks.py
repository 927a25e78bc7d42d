"""The warnings for an approver, which have to be answered before a document opens."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ndaflow.agreements.coverage import signature_covering
from ndaflow.requests import flows, risks
from ndaflow.requests.flows import ItemDecision
from ndaflow.requests.models import AccessRequest, Decision, RequestStatus
from ndaflow.requests.risks import Kind
from tests import cast
from trustcenter.audit import FlowError, history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db


def warned(request):
    request = cast.fresh(request)
    return [one.kind for one in risks.warnings(request, signature_covering(request.requester, timezone.now()))]


def noted(request, reader):
    items = list(request.items.all())
    return [one.kind for one in risks.notes(cast.fresh(request), items, reader=reader, instant=timezone.now())]


def approve(request, by, despite):
    until = timezone.now() + timedelta(days=30)
    decisions = [
        ItemDecision(item_id=item.pk, verdict=Decision.Verdict.APPROVE, until=until, despite=despite)
        for item in cast.waiting(request)
    ]
    return flows.decide(cast.fresh(request), decisions, by=by)


@pytest.fixture
def freddy():
    return cast.person("freddy@gmx.net", "Freddy Free")


def test_company_address_with_the_same_name_has_no_warning():
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, cast.nda())
    assert warned(request) == []


def test_free_mail_address_is_a_warning(freddy):
    request = cast.open_request(freddy, cast.document())
    assert warned(request) == [Kind.FREE_MAIL]
    assert "gmx.net" in risks.warnings(cast.fresh(request), None)[0].text


@pytest.mark.parametrize(
    ("typed", "differs"),
    [("Rhea Diaz", False), ("rhea  DIAZ ", False), ("Rhea Di\N{COMBINING ACUTE ACCENT}az", True), ("R. Diaz", True)],
)
def test_another_name_under_the_signature_is_a_warning(typed, differs):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, cast.nda())
    AccessRequest.objects.update(name=typed)
    assert warned(request) == ([Kind.NAMES_DIFFER] if differs else [])


def test_denial_and_revocation_are_warnings_for_the_next_request():
    rhea, ada, soc2 = cast.rhea(), cast.ada(), cast.document()
    denied = cast.open_request(rhea, soc2)
    flows.deny(denied, by=ada, reason="No contract yet.")
    assert warned(denied) == [], "the request warns of itself"
    request = cast.granted(rhea, ada, soc2)
    flows.revoke(cast.fresh(request), by=ada, reason="Contract ended.")
    third = cast.open_request(rhea, soc2)
    assert warned(third) == [Kind.DENIED_BEFORE, Kind.REVOKED_BEFORE]
    texts = " ".join(one.text for one in risks.warnings(cast.fresh(third), None))
    assert "No contract yet." in texts and "Contract ended." in texts
    assert warned(cast.open_request(cast.vera(), soc2)) == [], "the request of a colleague has the warning"


def test_notes_show_the_first_request_and_open_documents():
    rhea, ada, soc2 = cast.rhea(), cast.ada(), cast.document()
    first = cast.open_request(rhea, soc2)
    assert noted(first, ada) == [Kind.FIRST_REQUEST]
    cast.sign(first, rhea, cast.nda())
    cast.approve(first, ada)
    second = cast.open_request(rhea, soc2)
    assert noted(second, ada) == [Kind.HAS_ACCESS]
    assert noted(first, ada) == [Kind.FIRST_REQUEST], "a later request or its own grant changed the note"


def test_own_request_and_another_company_name_are_notes():
    ada = cast.ada()
    mine = cast.open_request(ada, cast.document())
    AccessRequest.objects.filter(pk=mine.pk).update(company_name="Another Ltd")
    assert noted(mine, ada)[:2] == [Kind.OWN_REQUEST, Kind.COMPANY_DIFFERS]
    assert Kind.OWN_REQUEST not in noted(mine, cast.ben())


@pytest.mark.parametrize("despite", ["", "  \n"])
def test_approval_despite_a_warning_needs_a_reason(freddy, despite):
    ada = cast.ada()
    request = cast.open_request(freddy, cast.document())
    with pytest.raises(FlowError, match="despite the warnings") as refused:
        approve(request, ada, despite)
    assert refused.value.code == "no_despite"
    assert not Decision.objects.exists() and cast.fresh(request).step == request.step
    assert history.entries(Record.objects.filter(action=Action.REQUEST_REFUSED))


def test_reason_is_stored_with_the_decision_and_recorded(freddy):
    request = cast.open_request(freddy, cast.document())
    approve(request, cast.ada(), " Called their switchboard. ")
    assert Decision.objects.get().despite == "Called their switchboard."
    (entry,) = history.entries(Record.objects.filter(action=Action.REQUEST_APPROVED))
    assert entry.detail["despite"] == "Called their switchboard." and entry.detail["warnings"] == ["free_mail"]


def test_denial_needs_no_answer_to_a_warning(freddy):
    request = cast.open_request(freddy, cast.document())
    flows.deny(request, by=cast.ada(), reason="Use your company address.")
    assert cast.fresh(request).status == RequestStatus.DENIED and Decision.objects.get().despite == ""


def test_reason_is_not_stored_without_a_warning():
    request = cast.open_request(cast.rhea(), cast.document())
    approve(request, cast.ada(), "For no reason.")
    assert Decision.objects.get().despite == ""
    (entry,) = history.entries(Record.objects.filter(action=Action.REQUEST_APPROVED))
    assert "despite" not in entry.detail


def test_database_refuses_such_a_reason_with_a_denial(freddy):
    request = cast.open_request(freddy, cast.document())
    flows.deny(request, by=cast.ada(), reason="No.")
    with pytest.raises(IntegrityError, match="despite"), transaction.atomic():
        Decision.objects.update(despite="Because.")
