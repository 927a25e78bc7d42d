"""The warnings for an approver, which have to be answered before a document opens."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from documents.models import Document
from ndaflow.agreements.coverage import covering
from ndaflow.requests import flows, risks
from ndaflow.requests.earlier import Earlier, with_held
from ndaflow.requests.flows import ItemDecision
from ndaflow.requests.models import AccessRequest, Decision, RequestStatus
from ndaflow.requests.risks import Kind
from tests import cast
from trustcenter.accounts.addresses import canonical_domain
from trustcenter.accounts.lookalikes import mixed_scripts, skeleton
from trustcenter.accounts.models import CompanyDomain
from trustcenter.audit import FlowError, history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db


def warned(request):
    request = cast.fresh(request)
    return [one.kind for one in risks.warnings(request, covering(request.requester, ["nda"], timezone.now(), new=True))]


def noted_risks(request):
    items = list(with_held(request.items.all(), timezone.now()))
    return risks.notes(cast.fresh(request), items, reader=cast.ada())


def noted(request, reader):
    items = list(with_held(request.items.all(), timezone.now()))
    return [one.kind for one in risks.notes(cast.fresh(request), items, reader=reader)]


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


@pytest.mark.once
@pytest.mark.parametrize(
    ("domain", "found"),
    [
        # Cyrillic е, the digit 1, rn for m, vv for w, an accent.
        ("\N{CYRILLIC SMALL LETTER IE}xample.com", [Kind.LOOK_ALIKE, Kind.MIXED_SCRIPTS]),
        ("examp1e.com", [Kind.LOOK_ALIKE]),
        ("exarnple.com", [Kind.LOOK_ALIKE]),
        ("exämple.com", [Kind.LOOK_ALIKE]),
        ("mail.example.com", []),
        ("example.org", []),
        ("münchen.example", []),
        ("例え.jp", []),
    ],
)
def test_domain_that_looks_like_a_known_one_is_a_warning(domain, found):
    cast.open_request(cast.rhea(), cast.document())
    request = cast.open_request(cast.person(f"eve@{domain}", "Eve"), Document.objects.get())
    assert warned(request) == found
    for risk in risks.warnings(cast.fresh(request), {}):
        assert request.email.rpartition("@")[2] in risk.text
        assert risk.kind is not Kind.LOOK_ALIKE or "looks like example.com, which" in risk.text


def test_domain_in_other_letters_is_shown_in_both(client):
    request = cast.open_request(cast.person("ceo@раураӏ.com", "Eve"), cast.document())
    assert warned(request) == []
    (note,) = (one for one in noted_risks(request) if one.kind == Kind.OTHER_LETTERS)
    assert note.text == "Programs may show it in other letters: xn--80aa0cbo65f.com (“раураӏ.com”)."


def test_second_domain_of_one_company_is_no_look_alike():
    rhea = cast.rhea()
    cast.open_request(rhea, soc2 := cast.document())
    other = cast.person("vera@examp1e.com", "Vera Lind")
    CompanyDomain.objects.create(company=rhea.company, domain="examp1e.com")
    assert warned(cast.open_request(other, soc2)) == []


@pytest.mark.parametrize("domain", ["раураӏ.com", "paypa1.com", "pаypal.com"])
def test_skeleton_is_the_same_for_what_looks_the_same(domain):
    assert skeleton(canonical_domain(domain)) == skeleton("paypal.com") == "paypal.com"


@pytest.mark.parametrize(
    ("domain", "scripts"),
    [
        ("pаypal.com", ["CYRILLIC", "LATIN"]),
        ("αpple.com", ["GREEK", "LATIN"]),
        ("почта.com", []),
        ("東京タワーabc.jp", []),
        ("한국hanja漢字.kr", []),
    ],
)
def test_scripts_are_mixed_within_a_part_of_a_domain(domain, scripts):
    assert mixed_scripts(canonical_domain(domain)) == scripts


def test_free_mail_address_is_a_warning(freddy):
    request = cast.open_request(freddy, cast.document())
    assert warned(request) == [Kind.FREE_MAIL]
    assert "gmx.net" in risks.warnings(cast.fresh(request), {})[0].text


@pytest.mark.once
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
    texts = " ".join(one.text for one in risks.warnings(cast.fresh(third), {}))
    assert "No contract yet." in texts and "Contract ended." in texts
    assert warned(cast.open_request(cast.vera(), soc2)) == [], "the request of a colleague has the warning"


@pytest.mark.once
def test_old_revocation_is_a_warning_behind_many_newer_requests():
    rhea, ada, soc2 = cast.rhea(), cast.ada(), cast.document()
    revoked = cast.granted(rhea, ada, soc2)
    flows.revoke(cast.fresh(revoked), by=ada, reason="Contract ended.")
    newer = [cast.open_request(rhea, cast.document(f"report-{number}")) for number in range(7)]
    earlier = Earlier(cast.fresh(newer[-1]))
    assert [one.pk for one in earlier.requests] == [one.pk for one in newer[-2:0:-1]]
    assert earlier.revoked == revoked and warned(newer[-1]) == [Kind.REVOKED_BEFORE]
    cast.draft(cast.document("report-7"))
    assert [one.pk for one in Earlier(cast.fresh(newer[1])).requests] == [one.pk for one in newer[:1:-1]], "or a draft"


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
