"""A paper for more than one person waits for an approver who did not file or accept it; a wider scope can be declined."""

import html
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from ndaflow.agreements import confirming, coverage, coverage_flows
from ndaflow.agreements import flows as agreements
from ndaflow.agreements.models import Agreement, Coverage, DeclinedScope
from ndaflow.agreements.papers import flows as papers
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Reach
from ndaflow.requests import flows
from ndaflow.requests.refusals import Refusal
from tests import cast
from tests.audit import logs
from tests.ndaflow import paperwork
from tests.signin import staff_client
from trustcenter.accounts.companies import flows as companies
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError, history
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(keys):
    """Rhea has uploaded a paper; her colleague Vera's request is approved and waits for the agreement, like hers."""
    rhea, vera, ada, agreement = paperwork.proven(cast.rhea()), paperwork.proven(cast.vera()), cast.ada(), cast.nda()
    asked = cast.open_request(rhea, cast.document())
    waiting = cast.open_request(vera, cast.document("caiq"))
    company = paperwork.company(rhea, vera)
    for one in (asked, waiting):
        cast.approve(one, ada)
    paper = paperwork.uploaded(asked, agreement.agreement, rhea)
    return {"rhea": rhea, "ada": ada, "paper": paper, "asked": asked, "waiting": waiting, "company": company}


def accept(scene, by, **terms):
    known = {"reach": Reach("company", company=scene["company"]), "dates": paperwork.dates(), "vouched": True}
    flows.accept_paper(scene["paper"], **(known | terms), countersigned=False, by=by)
    scene["paper"].refresh_from_db()


def busy(*_args):
    raise FlowError(Refusal.CHANGED)


def refused(words, step, *args, **typed):
    with pytest.raises(FlowError, match=words):
        step(*args, **typed)


def shown(answer):
    return " ".join(html.unescape(answer.content.decode()).split())


def test_accepted_paper_covers_its_uploader_and_then_the_company(client, scene):
    admin, ben, paper = scene["ada"], cast.ben(), scene["paper"]
    accept(scene, admin)
    own = Coverage.objects.get()
    assert (own.scope, own.person, own.paper) == ("person", scene["rhea"], paper)
    assert cast.fresh(scene["asked"]).status == "granted" and cast.fresh(scene["waiting"]).status == "open"
    assert "until then it covers only you" in Mail.objects.get(subject="Accepted: Mutual NDA").body.replace("\n", " ")
    # Four eyes: an administrator who accepted it may confirm others, and not this one.
    page = shown(staff_client(client, admin).get(reverse("desk:paper", args=[paper.pk])))
    assert "A colleague who may confirm has to look at it" in page and "Confirm: Everyone" not in page
    refused("A colleague who may confirm", confirming.confirm, paper, by=admin)
    refused("A colleague who may confirm", confirming.decline, paper, reason="No.", by=admin)
    refused("permission", confirming.confirm, paper, by=paperwork.lena())
    assert Coverage.objects.count() == 1
    wide = confirming.confirm(paper, by=ben)
    assert cast.fresh(scene["waiting"]).status == "granted" and wide.confirmed_by == ben
    said = history.entries(Record.objects.filter(action="agreement.paper_confirmed"))
    assert said[0].text.endswith("confirmed that a paper covers everyone at Example Corp, Inc.: Mutual NDA")
    assert "paper for the Mutual NDA covers" in Mail.objects.get(subject__contains="it covers your colleagues").body
    # What covers the uploader is the root: with it everything that the paper covers ends.
    coverage_flows.end(own, reason="The contract is over.", by=ben)
    assert not Coverage.objects.filter(ended_at=None).exists()
    refused("already confirmed this", confirming.confirm, paper, by=ben)
    assert [one for one in logs.differing() if "overage" in one or "aper" in one] == []


def test_declined_scope_leaves_what_was_covered_and_says_why(client, scene):
    accept(scene, scene["ada"])
    paper, ben = scene["paper"], cast.ben()
    staff_client(client, ben)
    page = reverse("desk:paper", args=[paper.pk])
    url = reverse("desk:decline_scope", args=[paper.pk])
    assert "Give a reason" in shown(client.post(url, {"reason": " ", "back": page}, follow=True))
    answer = shown(client.post(url, {"reason": "Only their Berlin office signed.", "back": page}, follow=True))
    assert "Declined by “Ben Approver”" in answer and "“Only their Berlin office signed.”" in answer
    assert "Decline…" not in answer and Coverage.objects.get().scope == "person"
    assert cast.fresh(scene["waiting"]).status == "open"
    mail = Mail.objects.get(subject="Mutual NDA: it does not cover your colleagues")
    assert mail.to == "rhea@example.com" and "Only their Berlin office signed." in mail.body
    assert "“Only their Berlin office" in history.entries(Record.objects.order_by("-number")[:1])[0].text
    refused("already declined this", confirming.decline, paper, reason="Again.", by=ben)
    assert "waits for an approver" not in shown(client.get("/desk/agreements/?show=confirm"))
    # It was a mistake: an approver may still confirm it.
    assert "Confirm: Everyone at Example Corp, Inc." in shown(client.get(page))
    confirming.confirm(paper, by=ben)
    assert cast.fresh(scene["waiting"]).status == "granted"
    with pytest.raises(IntegrityError), transaction.atomic():
        DeclinedScope.objects.update(reason="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Coverage.objects.filter(scope="company").update(confirmed_by=None)


def test_scope_of_a_signature_is_declined_from_the_list(client, scene):
    cast.nda(text=cast.NDA_TEXT + "More.\n", earlier_signers="grandfather", covers="company")
    request = cast.open_request(scene["rhea"], cast.document("plan"))
    signature = cast.sign(request, scene["rhea"], Agreement.objects.get().versions.first())
    staff_client(client, scene["ada"])
    page = shown(client.get("/desk/agreements/?show=confirm&q=rhea&covers=company"))
    assert "Confirm: Everyone at Example Corp, Inc." in page and "For an approver to confirm" in page
    assert "Confirm: Everyone" not in shown(client.get("/desk/agreements/?show=confirm&q=nobody"))
    url = reverse("desk:decline_coverage", args=[signature.pk])
    client.post(url, {"reason": "She is a trainee."})
    assert (DeclinedScope.objects.get().signature, client.get(url).status_code) == (signature, 405)
    assert "We could not confirm that it covers your colleagues" in Mail.objects.get(subject__contains="does not").body
    page = shown(client.get(reverse("desk:request", args=[request.pk])))
    assert "“She is a trainee.”" in page and "Confirm: Everyone at" in page
    refused("permission", confirming.decline, signature, reason="No.", by=cast.sal())


def test_policy_of_the_agreement_bounds_every_scope(client, scene):
    lena, agreement = paperwork.lena(), Agreement.objects.get()
    accept(scene, lena)
    staff_client(client, lena)
    form = {"summary": "", "plans": "", "widest": "everyone"}
    assert "not one of the available choices" in shown(client.post("/desk/agreements/nda/offer/", form))
    client.post("/desk/agreements/nda/offer/", form | {"widest": "person"})
    agreement.refresh_from_db()
    assert agreement.widest == "person"
    # What waits can no longer be confirmed, and nothing wider can be published or filed.
    refused("does not allow so wide a scope", confirming.confirm, scene["paper"], by=scene["ada"])
    refused("does not allow so wide a scope", cast.nda, text="# Other\n", covers="domain")
    wide = Reach("domain", domain="example.com")
    refused("does not allow so wide a scope", paperwork.filed, agreement, lena, wide)
    page = shown(client.get("/desk/agreements/nda/paper/"))
    assert "Everyone at a company" not in page and "One person" in page
    refused("permission", agreements.offer, agreement, summary="", plans=[], widest="company", by=cast.edda())


def test_what_changed_before_the_approver_looked(scene, monkeypatch):
    accept(scene, scene["ada"], dates=paperwork.dates(starts=3))
    paper, ben = scene["paper"], cast.ben()
    companies.block(scene["company"], reason="A competitor.", by=ben)
    refused("is blocked", confirming.confirm, paper, by=ben)
    companies.unblock(scene["company"], by=ben)
    Company.objects.update(confirmed_at=None, confirmed_by=None)
    refused("Confirm the company first", confirming.confirm, paper, by=ben)
    Company.objects.update(confirmed_at=timezone.now(), confirmed_by=ben)
    # It applies later: confirming opens nothing before its first day, and everything then.
    wide = confirming.confirm(paper, by=ben)
    assert wide.starts_at == paper.starts_at and cast.fresh(scene["waiting"]).status == "open"
    assert papers.begin_due() == 0
    Coverage.objects.update(starts_at=timezone.now() - timedelta(minutes=1))
    Paper.objects.update(starts_on=paperwork.today())
    # A request that just came in is in somebody else's hands: this run leaves the paper, and the next one begins it.
    with monkeypatch.context() as patched:
        patched.setattr(papers.coverage_changes, "hold_people", busy)
        assert papers.begin_due() == 0
    assert papers.begin_due() == 1 and cast.fresh(scene["waiting"]).status == "granted"
    assert coverage.covered(scene["rhea"], timezone.now()) == {"nda"}


def test_uploader_outside_the_scope_is_not_covered_meanwhile(scene):
    other = Company.objects.create(legal_name="Client Ltd", confirmed_at=timezone.now(), confirmed_by=scene["ada"])
    accept(scene, scene["ada"], reach=Reach("company", company=other), dates=paperwork.dates(ends=None))
    assert not Coverage.objects.exists() and cast.fresh(scene["asked"]).status == "open"
    refused("the permission|permission", confirming.confirm, scene["paper"], by=scene["rhea"])


def test_uploader_who_moves_to_another_company_at_that_moment_is_not_covered(scene, monkeypatch):
    reached = papers.reached_by

    def moved_before_their_account_is_locked(covers):
        User.objects.filter(pk=scene["rhea"].pk).update(company=None)
        return reached(covers)

    monkeypatch.setattr(papers, "reached_by", moved_before_their_account_is_locked)
    with pytest.raises(FlowError, match="has just changed"):
        accept(scene, scene["ada"])
    assert not Coverage.objects.exists()
