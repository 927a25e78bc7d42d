"""Two companies become one: with a preview of what moves, in one change, and signatures as they were signed."""

import re

import pytest
from django.apps import apps
from django.db import models

from ndaflow.agreements import coverage, coverage_changes
from ndaflow.agreements.models import Coverage, Signature
from ndaflow.desk.companies import flows, moves
from ndaflow.requests.flows import open_draft
from tests import cast, signin
from tests.audit import logs
from tests.ndaflow.desk.companies.scene import asked, company_of, confirmed, page, post
from tests.races import at_once, rounds
from trustcenter import audit
from trustcenter.accounts.companies import flows as one_company
from trustcenter.accounts.models import Company, CompanyDomain, ToldApart, User
from trustcenter.audit import FlowError, history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record


@pytest.fixture
def ada(client, db):
    ada = cast.ada()
    signin.staff_client(client, ada)
    return ada


@pytest.fixture
def two(ada):
    """Example Corp, confirmed, and Example Corporation, typed by somebody at mail.example.com."""
    confirmed(asked("rhea@example.com", "Rhea Diaz"), ada)
    other = company_of(asked("eve@mail.example.com", "Eve Lang", "EXAMPLE Corporation"))
    return Company.objects.get(domains__domain="example.com"), other


def test_every_table_that_names_a_company_is_thought_of():
    """A new foreign key to a company has to be moved by a merge, or to be named here with the reason why not."""
    moved = {"User.company", "CompanyDomain.company", "CompanyNote.company", "Paper.company", "Coverage.company"}
    # The merge itself, and pairs that it deletes.
    otherwise = {"Company.merged_into", "ToldApart.one", "ToldApart.other", "CompanyMerge.source", "CompanyMerge.into"}
    assert moved | otherwise == {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Company
    }


def test_suggested_company_is_compared_and_merged(client, ada, two):
    company, other = two
    one_company.write_note(other, text="Their auditor.", by=ada)
    signature = _signed(other)
    assert "Possibly the same company</b>“EXAMPLE Corporation”. mail.example.com is below example.com." in page(
        client, "company", company.pk
    )
    shown = page(client, "company_merge", company.pk, other=other.pk)
    assert "Are these one company?" in shown and "1 person: “Eve Lang” (eve@mail.example.com)" in shown
    assert "1 mail domain: mail.example.com" in shown and "1 open request" in shown and "1 note" in shown
    answer = post(client, "company_merge", company.pk, other=other.pk, seen=_seen(shown))
    assert "Merged. Every signature stays" in answer and "eve@mail.example.com" in answer and "Their auditor." in answer
    assert User.objects.get(email="eve@mail.example.com").company == company
    assert sorted(company.domains.values_list("domain", flat=True)) == ["example.com", "mail.example.com"]
    other.refresh_from_db()
    assert other.merged_into == company and not other.people.exists()
    before = (signature.evidence, signature.evidence_sha256, signature.entity)
    signature.refresh_from_db()
    assert (signature.evidence, signature.evidence_sha256, signature.entity) == before
    # Bookmarks of the former page lead to the company.
    assert client.get(f"/desk/companies/{other.pk}/").url == f"/desk/companies/{company.pk}/"
    (entry,) = history.entries(Record.objects.filter(action=Action.COMPANY_MERGED))
    assert entry.text == (
        "“Ada Approver” (ada@trust.example) merged “EXAMPLE Corporation” into “Example Corp, Inc.”."
        " Mail domains that moved: mail.example.com"
    )
    assert entry.detail["former_id"] == other.pk and len(entry.detail["people"]) == 1
    assert logs.differing() == []
    # The next person of the domain joins the company that is left.
    assert company_of(asked("bo@mail.example.com", "Bo")) == company


def test_agreement_of_one_company_covers_both_and_opens_what_waited_for_it(client, ada, two):
    company, other = two
    signature = _signed(company)
    request = User.objects.get(company=other).access_requests.get()
    # Approved, and waiting for a signature only.
    cast.approve(request, cast.ben())
    assert cast.fresh(request).status == "open"
    with audit.change(by=ada) as change:
        wide = Coverage(agreement=signature.agreement, version=signature.version, scope="company", company=company)
        wide.signature, wide.confirmed_by, wide.confirmed_at = signature, ada, change.at
        waiting = coverage_changes.hold_people(change, coverage.people(wide), "nda")
        coverage_changes.write(change, wide, waiting)
        change.record(Action.COMPANY_CHANGED, subject=company, name=company.legal_name, details=[])
    assert cast.fresh(request).status == "open"
    shown = page(client, "company_merge", company.pk, other=other.pk)
    assert "documents that waited only for it open" in shown
    post(client, "company_merge", company.pk, other=other.pk, seen=_seen(shown))
    assert cast.fresh(request).status == "granted"
    # And the other way: what covers the company that goes covers the one that stays.
    third = confirmed(asked("zoe@third.example", "Zoe", "Third"), ada, "Third")
    shown = page(client, "company_merge", third.pk, other=company.pk)
    assert "1 agreement that covers the company" in shown
    post(client, "company_merge", third.pk, other=company.pk, seen=_seen(shown))
    wide.refresh_from_db()
    assert wide.company == third and logs.differing() == []


def _signed(company: Company) -> Signature:
    request = company.people.get().access_requests.get()
    return cast.sign(request, request.requester, cast.nda())


def _seen(shown: str) -> str:
    return re.search(r'name="seen" value="(\w+)"', shown)[1]


def test_wrong_merges_get_a_sentence_and_change_nothing(client, ada, two):
    company, other = two
    assert "This is the same company. Choose another one." in page(
        client, "company_merge", company.pk, other=company.pk
    )
    assert "This is the same company" in post(client, "company_merge", company.pk, other=company.pk, seen="x")
    # The confirmed one stays, whatever page the merge began on.
    shown = page(client, "company_merge", other.pk, other=company.pk)
    assert "Nobody has confirmed “EXAMPLE Corporation”" in shown and "The other way round" in shown
    assert client.get(f"/desk/companies/{company.pk}/merge/?other=none").status_code == 404
    one_company.block(other, reason="A reseller.", by=ada)
    assert "is blocked and “Example Corp, Inc.” is not" in page(client, "company_merge", company.pk, other=other.pk)
    one_company.unblock(other, by=ada)
    # Somebody has joined since the page was shown.
    seen = _seen(page(client, "company_merge", company.pk, other=other.pk))
    asked("bo@mail.example.com", "Bo")
    assert "Somebody has changed this since" in post(client, "company_merge", company.pk, other=other.pk, seen=seen)
    assert not Company.objects.exclude(merged_into=None).exists()
    flows.merge(other, company, seen=moves.of_merge(other).seen, by=ada)
    gone = post(client, "company_merge", company.pk, other=other.pk, seen=seen)
    assert "This company was merged into another one. Nothing was changed." in gone
    assert "was merged into another one" in post(
        client, "company_name", other.pk, legal_name="X", seen=other.legal_name
    )
    for who in (cast.sal(), cast.edda()):
        with pytest.raises(FlowError) as refused:
            flows.merge(company, other, seen="", by=who)
        assert refused.value.code == "not_yours_to_change"


def test_two_that_are_two_are_not_suggested_again(client, ada, two):
    company, other = two
    answer = post(client, "company_apart", company.pk, other=other.pk)
    assert "They will not be suggested again." in answer and "Possibly the same company" not in answer
    assert "Possibly the same company" not in page(client, "company", other.pk)
    assert "Somebody has already said so." in post(client, "company_apart", other.pk, other=company.pk)
    assert ToldApart.objects.count() == 1


def test_merging_and_signing_at_once(racing):
    """Who signs is covered, and belongs to the company that is left; nothing waits for ever and no record is missing."""
    ada, version = cast.ada(), cast.nda()
    for round in range(rounds(4)):
        company = confirmed(asked(f"rhea@r{round}.example", "Rhea"), ada, f"Round {round}")
        request = asked(f"eve@mail.r{round}.example", "Eve")
        other, eve = company_of(request), request.requester
        seen = moves.of_merge(other).seen
        wins, errors = at_once(
            [
                lambda o=other, c=company, s=seen: flows.merge(o, c, seen=s, by=ada),
                lambda r=request, e=eve: cast.sign(r, e, version),
            ]
        )
        assert (wins, errors) == (2, [])
        assert User.objects.get(pk=eve.pk).company_id == company.pk
        assert Signature.objects.filter(signer=eve, superseded_at=None).count() == 1
    assert logs.differing() == []


def test_merging_while_somebody_joins_leaves_nobody_behind(racing):
    """The mail domain is locked first: whoever proves an address meanwhile joins the company that is left."""
    ada = cast.ada()
    soc2 = cast.requestable()
    for round in range(rounds(4)):
        company = confirmed(asked(f"rhea@r{round}.example", "Rhea"), ada, f"Round {round}")
        other = company_of(asked(f"eve@mail.r{round}.example", "Eve"))
        bo = cast.person(f"bo@mail.r{round}.example", "Bo")
        draft = cast.draft(soc2, email=bo.email)
        seen = moves.of_merge(other).seen
        _wins, errors = at_once(
            [
                lambda o=other, c=company, s=seen: flows.merge(o, c, seen=s, by=ada),
                lambda d=draft, p=bo: open_draft(d, by=p, session_hash=cast.SESSION),
            ]
        )
        # If Bo was first, the merge shows a preview that includes them.
        assert [error.code for error in errors] in ([], ["changed_meanwhile"])
        merged = not errors
        assert User.objects.get(pk=bo.pk).company_id == (company.pk if merged else other.pk)
        assert not CompanyDomain.objects.filter(company__merged_into__isnull=False).exists()
        assert not User.objects.filter(company__merged_into__isnull=False).exists()
    assert logs.differing() == []
