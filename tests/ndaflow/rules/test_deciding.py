"""What rules in force do to a request."""

from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import AccessGrant, Level
from ndaflow.requests import flows
from ndaflow.requests.models import Decision, RequestStatus
from ndaflow.rules import flows as rules
from ndaflow.rules.models import RuleControl
from tests import cast
from tests.audit import logs
from tests.ndaflow.rules import policies
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail, Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return cast.ada()


@pytest.fixture
def rhea():
    return cast.rhea()


def looks_at(request):
    return [task for task in Task.objects.filter(path__endswith="decide_by_rules") if task.arguments == [request.pk]]


def test_rule_approves_and_the_document_opens(ada, rhea):
    version = cast.nda()
    in_force = policies.in_force(policies.CUSTOMERS, by=ada)
    request = cast.open_request(rhea, cast.document())
    policies.customer(rhea, by=ada)
    assert len(looks_at(request)) == 1
    # Before the signature the rule does not fit; the signature lets it look again.
    assert policies.let_rules_look(request).status == RequestStatus.OPEN
    assert cast.fresh(request).step == request.step, "a page that an approver has open stays good"
    cast.sign(request, rhea, version)
    assert len(looks_at(request)) == 2
    assert policies.let_rules_look(request).status == RequestStatus.GRANTED
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.rule_version, decision.rule) == (None, in_force, 1)
    assert decision.rule_facts == {"customer": True, "covered": True}
    grant = AccessGrant.objects.get()
    assert timedelta(days=89) < grant.ends_at - timezone.now() < timedelta(days=90)
    assert grant.approvals == 1 and not grant.show_only
    record = Record.objects.get(action=Action.RULE_APPROVED)
    assert '"facts":{"covered":true,"customer":true}' in record.detail.body
    assert Mail.objects.filter(to=rhea.email, subject__startswith="Your documents are ready").exists()
    # The task may run twice.
    assert policies.let_rules_look(request).status == RequestStatus.GRANTED
    assert Decision.objects.count() == 1
    assert logs.differing() == []


def test_rule_denies_with_its_reason(ada, rhea):
    policies.in_force(policies.rule("No", deny="Not in your country."), by=ada)
    request = policies.let_rules_look(cast.open_request(rhea, cast.document()))
    assert (request.status, request.closing_reason) == (RequestStatus.DENIED, "Not in your country.")
    assert "Not in your country." in Mail.objects.filter(to=rhea.email).first().body
    assert Record.objects.filter(action=Action.RULE_DENIED).count() == 1


def test_rule_asks_once_and_a_person_decides(ada, rhea):
    policies.in_force(policies.rule("Ask", ask="Which product?"), by=ada)
    request = policies.let_rules_look(cast.open_request(rhea, cast.document()))
    question = request.questions.get()
    assert (question.text, question.asked_by, question.rule) == ("Which product?", None, 1)
    flows.answer(request, by=rhea, text="All.")
    assert Mail.objects.filter(subject__contains="answer").exists(), "whoever decides is told"
    request = policies.let_rules_look(request)
    assert request.questions.count() == 1 and request.status == RequestStatus.OPEN
    cast.approve(request, ada)
    assert cast.fresh(request).items.get().is_approved


def test_rule_makes_documents_stricter(ada, rhea):
    strict = {"two_people": True, "legal": True, "show_only": True}
    policies.in_force(policies.rule("Strict", **strict), by=ada)
    lena = cast.person("lena@trust.example", "Lena Legal", "legal")
    request = policies.let_rules_look(cast.open_request(rhea, cast.document()))
    item = request.items.get()
    assert (item.approvals_at_least, item.needs_legal, item.show_only, item.approvals_needed) == (2, True, True, 3)
    assert "legal" in Mail.objects.get(to=lena.email).subject
    record = Record.objects.get(action=Action.RULE_TIGHTENED)
    assert '"tightened":["approvals_at_least","needs_legal","show_only"]' in record.detail.body
    # Nothing is left to do.
    assert policies.let_rules_look(request).step == request.step


def test_person_does_not_overtake_a_rule_that_makes_it_stricter(ada, rhea):
    policies.in_force(policies.rule("Two", two_people=True), by=ada)
    request = cast.open_request(rhea, cast.document())
    # The task has not run yet.
    cast.approve(request, ada)
    assert not request.items.get().is_approved
    cast.approve(request, cast.ben())
    assert request.items.get().is_approved
    assert Record.objects.filter(action=Action.RULE_TIGHTENED).count() == 1


def test_rule_leaves_what_a_person_has_begun(ada, rhea):
    policies.in_force(policies.EVERYONE, by=ada)
    request = cast.open_request(rhea, cast.document(level_slug="restricted"))
    cast.approve(request, cast.ben())
    assert policies.let_rules_look(request).items.get().decisions.count() == 1


def test_approval_by_a_rule_is_one_of_two(ada, rhea):
    policies.in_force(policies.EVERYONE, by=ada)
    request = policies.let_rules_look(cast.open_request(rhea, cast.document(level_slug="restricted")))
    assert not request.items.get().is_approved
    cast.approve(request, cast.ben())
    item = request.items.get()
    assert item.is_approved and item.decisions.filter(decided_by=None).count() == 1


def test_rule_never_approves_for_longer_than_the_level_allows(ada, rhea):
    policies.in_force(policies.rule("Long", approve_days=365), by=ada)
    Level.objects.filter(slug="nda").update(longest_days=10, usual_days=5)
    request = policies.let_rules_look(cast.open_request(rhea, cast.document()))
    assert request.items.get().decisions.get().until <= timezone.now() + timedelta(days=10)


def test_rule_never_approves_a_request_with_a_warning(ada):
    policies.in_force(policies.EVERYONE, by=ada)
    free = cast.person("someone@gmail.com", "Someone")
    assert not policies.let_rules_look(cast.open_request(free, cast.document())).items.get().is_approved


def test_rule_never_approves_for_staff(ada):
    policies.in_force(policies.EVERYONE, by=ada)
    assert not policies.let_rules_look(cast.open_request(ada, cast.document())).items.get().is_approved


def test_first_rule_that_fits_decides_and_each_document_by_itself(ada, rhea):
    policies.in_force(
        policies.rule("Pentest", [{"fact": "document", "values": ["pentest"]}], legal=True),
        policies.EVERYONE,
        policies.rule("Never", deny="No."),
        by=ada,
    )
    request = policies.let_rules_look(cast.open_request(rhea, cast.document(), cast.document("pentest")))
    by_slug = {item.document.slug: item for item in request.items.select_related("document")}
    assert by_slug["soc-2-type-ii-report"].is_approved
    assert by_slug["pentest"].needs_legal and not by_slug["pentest"].decisions.exists()


def test_without_rules_or_switched_off_nothing_looks(ada, rhea):
    request = cast.open_request(rhea, cast.document())
    assert looks_at(request) == []
    policies.in_force(policies.EVERYONE, by=ada)
    waiting = cast.open_request(cast.vera(), cast.document("pentest"))
    assert len(looks_at(waiting)) == 1
    rules.switch_off(by=ada, reason="Too many.")
    assert not policies.let_rules_look(waiting).items.get().is_approved
    assert looks_at(cast.open_request(cast.otto(), cast.document("bridge"))) == []


def test_daily_limit_stops_decisions_and_not_what_is_stricter(ada):
    policies.in_force(
        policies.rule("Pentest", [{"fact": "document", "values": ["pentest"]}], two_people=True),
        policies.EVERYONE,
        by=ada,
        limit=1,
    )
    documents = [cast.document("soc2"), cast.document("pentest")]
    people = [cast.person(f"p{n}@company{n}.example", f"P{n}") for n in range(2)]
    first, second = [policies.let_rules_look(cast.open_request(one, *documents)) for one in people]
    assert [sum(item.is_approved for item in one.items.all()) for one in (first, second)] == [1, 0]
    assert second.items.get(document=documents[1]).approvals_at_least == 2
    # A new day.
    Decision.objects.update(decided_at=timezone.now() - timedelta(days=1))
    assert sum(item.is_approved for item in policies.let_rules_look(second).items.all()) == 1


def test_one_day_counts_requests_and_not_documents(ada, rhea):
    policies.in_force(policies.EVERYONE, by=ada, limit=1)
    request = policies.let_rules_look(cast.open_request(rhea, cast.document(), cast.document("pentest")))
    assert all(item.is_approved for item in request.items.all())
    assert RuleControl.now().daily_limit == 1
