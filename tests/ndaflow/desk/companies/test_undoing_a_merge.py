"""A merge is undone: everything goes back where it was, or nothing does and the page says what contradicts it."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ndaflow.agreements import coverage, coverage_changes
from ndaflow.agreements.models import Coverage
from ndaflow.desk.companies import flows, moves, undoing
from ndaflow.desk.companies.models import CompanyMerge
from tests import cast, signin
from tests.audit import logs
from tests.ndaflow.desk.companies.scene import asked, company_of, confirmed, page, post
from tests.races import at_once
from trustcenter import audit
from trustcenter.accounts.companies import flows as one_company
from trustcenter.accounts.models import Company, CompanyDomain, ToldApart, User
from trustcenter.audit import FlowError, history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail


@pytest.fixture
def ada(client, db):
    ada = cast.ada()
    signin.staff_client(client, ada)
    return ada


@pytest.fixture
def two(ada):
    """Example Corp with Rhea, and Other Ltd with Eve, both confirmed; Other's agreement covers everyone there."""
    company = confirmed(asked("rhea@example.com", "Rhea Diaz"), ada)
    request = asked("eve@other.example", "Eve Lang", "Other")
    other = confirmed(request, ada, "Other Ltd")
    signature = cast.sign(request, request.requester, cast.nda())
    one_company.write_note(other, text="Their auditor.", by=ada)
    third = company_of(asked("zoe@third.example", "Zoe", "Third"))
    flows.tell_apart(other, third, by=ada)
    with audit.change(by=ada) as change:
        wide = Coverage(agreement=signature.agreement, version=signature.version, scope="company", company=other)
        wide.signature, wide.confirmed_by, wide.confirmed_at = signature, ada, change.at
        waiting = coverage_changes.hold_people(change, coverage.people(wide), "nda")
        coverage_changes.write(change, wide, waiting)
        change.record(Action.COMPANY_CHANGED, subject=other, name=other.legal_name, details=[])
    return company, other


def merged(source, into, by):
    flows.merge(source, into, seen=moves.of_merge(source).seen, by=by)
    return CompanyMerge.objects.get(source=source, undone_at=None)


def undo(merge, by):
    return undoing.undo(merge, seen=undoing.preview(merge).move.seen, by=by)


def where():
    """Who and what belongs to which company."""
    return {
        "people": dict(User.objects.exclude(company=None).values_list("email", "company")),
        "domains": dict(CompanyDomain.objects.values_list("domain", "company")),
        "notes": list(Company.objects.exclude(notes=None).values_list("notes", "pk")),
        "coverage": dict(Coverage.objects.filter(scope="company").values_list("pk", "company")),
        "merged": list(Company.objects.exclude(merged_into=None).values_list("pk", flat=True)),
        "apart": list(ToldApart.objects.values_list("one", "other", "said_by")),
    }


def test_everything_goes_back_where_it_was(client, ada, two):
    company, other = two
    before = where()
    rhea = User.objects.get(email="rhea@example.com")
    request = rhea.access_requests.get()
    cast.approve(request, cast.ben())
    merge = merged(other, company, ada)
    # Other's agreement covered her, so her document opened. The grant stays; the door asks for what covers her now.
    assert cast.fresh(request).status == "granted" and coverage.covered(rhea, timezone.now()) == {"nda"}
    assert "Recently merged" in page(client, "company_merge", company.pk)
    # Bo joins meanwhile, through a mail domain that goes back.
    bo = asked("bo@other.example", "Bo").requester
    shown = page(client, "company_unmerge", merge.pk)
    assert "What goes back" in shown and "2 people" in shown and "1 mail domain: other.example" in shown
    assert "1 agreement that covers the company" in shown and "1 note" in shown
    seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
    answer = post(client, "company_unmerge", merge.pk, seen=seen)
    assert "Undone. The two companies are as they were" in answer and "Their auditor." in answer
    before["people"][bo.email] = other.pk
    assert where() == before
    assert coverage.covered(User.objects.get(pk=rhea.pk), timezone.now()) == frozenset()
    # What closed with it is told to its reader, and to nobody else.
    (mail,) = Mail.objects.filter(subject__contains="no longer covers you")
    assert mail.to == rhea.email and "Two companies that we had merged are separate again." in mail.body
    assert "These documents are closed" in mail.body
    (said,) = history.entries(Record.objects.filter(action=Action.COMPANY_MERGE_UNDONE))
    assert said.text.endswith(
        "undid the merge of “Other Ltd” into “Example Corp, Inc.”. Mail domains that went back: other.example"
    )
    assert logs.differing() == []
    # Twice is once, and the two can be merged again.
    assert "already undone this merge" in post(client, "company_unmerge", merge.pk, seen=seen)
    assert merged(other, company, ada).pk != merge.pk and logs.differing() == []


CONFLICTS = {
    "merged further": (
        lambda company, other, by: merged(
            company, confirmed(asked("ann@fourth.example", "Ann", "Fourth"), by, "Four"), by
        ),
        "has been merged into another company since then. Undo that first.",
    ),
    "domain moved on": (
        lambda company, other, by: flows.move_domain(
            CompanyDomain.objects.get(domain="other.example"),
            Company.objects.get(domains__domain="third.example"),
            seen=moves.of_domain(CompanyDomain.objects.get(domain="other.example")).seen,
            by=by,
        ),
        "The mail domain other.example now belongs to “Third”.",
    ),
    "blocked": (
        lambda company, other, by: one_company.block(company, reason="A competitor.", by=by),
        "has been blocked since then",
    ),
    "signed for the company": (
        lambda company, other, by: Coverage.objects.create(
            agreement=cast.baa().agreement,
            version=cast.baa(),
            scope="company",
            company=company,
            signature=cast.Signature.objects.create(
                agreement=cast.baa().agreement,
                version=cast.baa(),
                signer=User.objects.get(email="eve@other.example"),
                evidence="{}",
            ),
            confirmed_by=by,
            confirmed_at=timezone.now(),
        ),
        "BAA covers “Example Corp, Inc.” because “Eve Lang” (eve@other.example) signed it. End that first.",
    ),
}


@pytest.mark.parametrize(("happens", "words"), CONFLICTS.values(), ids=CONFLICTS)
def test_what_is_newer_is_named_and_nothing_is_half_done(client, ada, two, happens, words):
    company, other = two
    merge = merged(other, company, ada)
    happens(company, other, ada)
    before = where()
    shown = page(client, "company_unmerge", merge.pk)
    assert words in shown and "Undo the merge</button>" not in shown
    with pytest.raises(FlowError, match="Nothing was undone"):
        undo(CompanyMerge.objects.get(pk=merge.pk), ada)
    assert where() == before and CompanyMerge.objects.get(pk=merge.pk).undone_at is None


def test_wrong_person_too_late_and_an_old_page(client, ada, two):
    company, other = two
    merge = merged(other, company, ada)
    with pytest.raises(FlowError) as refused:
        undo(merge, cast.sal())
    assert refused.value.code == "not_yours_to_change"
    seen = undoing.preview(merge).move.seen
    asked("bo@other.example", "Bo")
    assert "Somebody has changed this since" in post(client, "company_unmerge", merge.pk, seen=seen)
    with pytest.raises(IntegrityError), transaction.atomic():
        CompanyMerge.objects.update(undone_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        CompanyMerge.objects.create(source=other, into=company, moved={}, merged_by=ada, merged_at=timezone.now())
    CompanyMerge.objects.update(merged_at=timezone.now() - timedelta(days=31))
    assert "can no longer be undone" in page(client, "company_unmerge", merge.pk)
    assert "Recently merged" not in page(client, "company_merge", company.pk)
    with pytest.raises(FlowError, match="for 30 days"):
        undo(CompanyMerge.objects.get(), ada)
    assert User.objects.get(email="eve@other.example").company == company


def test_two_undo_at_once(racing):
    ada, ben = cast.ada(), cast.ben()
    company = confirmed(asked("rhea@example.com", "Rhea"), ada)
    other = confirmed(asked("eve@other.example", "Eve", "Other"), ada, "Other Ltd")
    for _round in range(3):
        merge = merged(other, company, ada)
        seen = undoing.preview(merge).move.seen
        steps = [lambda who=who, m=merge, s=seen: undoing.undo(m, seen=s, by=who) for who in (ada, ben)]
        wins, errors = at_once(steps)
        assert (wins, len(errors)) == (1, 1)
        assert User.objects.get(email="eve@other.example").company == other
    assert logs.differing() == []
