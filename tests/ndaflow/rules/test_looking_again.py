"""A fact about a requester changes while the request waits: the rules look again, by the same limits as before."""

from dataclasses import replace

import pytest

from ndaflow.requests import flows
from ndaflow.requests.models import Decision, RequestStatus
from ndaflow.rules import flows as rules
from ndaflow.rules.flows import looking
from ndaflow.rules.tasks import decide_by_rules, look_again
from tests import cast
from tests.ndaflow.rules import policies
from tests.ndaflow.rules.policies import rule
from trustcenter.accounts.companies import flows as companies
from trustcenter.accounts.listed import flows as listed
from trustcenter.accounts.models import Listed
from trustcenter.work.models import Task

pytestmark = pytest.mark.django_db
CUSTOMERS = rule("Customers", [{"fact": "customer", "op": "is"}], approve_days=90)


@pytest.fixture
def ada():
    return cast.ada()


@pytest.fixture
def waiting(ada):
    """Rhea's signed request, which no rule fitted when it came."""
    request, version = cast.open_request(cast.rhea(), cast.document()), cast.nda()
    cast.sign(request, request.requester, version)
    Task.objects.all().delete()
    return request


def run():
    """What the change has started, as the worker would."""
    # With many requests, one task starts the next.
    for task in (look_again, look_again, decide_by_rules):
        for row in Task.objects.filter(path=task.module_path).order_by("pk"):
            task.call(*row.arguments)
            row.delete()


def started():
    return [row.arguments for row in Task.objects.filter(path=look_again.module_path)]


def test_company_becomes_a_customer_and_its_waiting_requests_open(ada, waiting):
    policies.in_force(CUSTOMERS, by=ada)
    outsider = cast.open_request(cast.otto(), cast.document("other"))
    policies.customer(waiting.requester, by=ada)
    company = waiting.requester.company
    assert started() == [[f"company:{company.pk}"]] * 2, "confirmed, then a customer"
    run()
    assert cast.fresh(waiting).status == RequestStatus.GRANTED and cast.fresh(outsider).status == RequestStatus.OPEN
    assert Decision.objects.get().rule_version is not None
    # Once more changes nothing, and neither does a new owner.
    look_again.call(f"company:{company.pk}")
    run()
    assert Decision.objects.count() == 1
    details = companies.Details.of(company)
    companies.describe(company, replace(details, plan="Gold"), by=ada)
    assert started() == []


def test_nothing_looks_while_rules_are_off_or_the_day_is_over(ada, waiting):
    policies.customer(waiting.requester, by=ada)
    assert started() == [], "there are no rules"
    policies.in_force(CUSTOMERS, by=ada, limit=1)
    first = cast.open_request(cast.vera(), cast.document("other"))
    cast.sign(first, first.requester, cast.nda())
    assert policies.let_rules_look(first).status == RequestStatus.GRANTED
    Task.objects.all().delete()
    # The limit of the day holds for what is looked at again.
    look_again.call(f"company:{waiting.requester.company_id}")
    run()
    assert cast.fresh(waiting).status == RequestStatus.OPEN
    rules.switch_off(by=ada, reason="Audit.")
    companies.block(waiting.requester.company, reason="Competitor.", by=ada)
    assert started() == []


def test_never_after_a_person_began_or_a_rule_made_it_stricter(ada, waiting):
    policies.in_force(
        rule("Two", [{"fact": "document", "op": "in", "values": ["board"]}], two_people=True),
        rule("Customers", [{"fact": "customer", "op": "is"}], approve_days=30),
        by=ada,
    )
    strict = cast.open_request(waiting.requester, cast.document("board"))
    policies.let_rules_look(strict)
    begun = cast.open_request(waiting.requester, cast.document("plan", "restricted"))
    cast.approve(begun, cast.ben())
    policies.customer(waiting.requester, by=ada)
    run()
    assert cast.fresh(waiting).status == RequestStatus.GRANTED
    assert cast.fresh(strict).status == cast.fresh(begun).status == RequestStatus.OPEN
    assert not strict.items.get().decisions.exists()
    assert [one.decided_by.name for one in begun.items.get().decisions.all()] == ["Ben Approver"]


def test_list_and_block_reach_those_whom_they_are_about(ada, waiting, monkeypatch):
    policies.in_force(
        rule("Known", [{"fact": "risks", "op": "has", "values": ["blocked"]}], deny="We do not work with resellers."),
        by=ada,
    )
    other = cast.open_request(cast.person("eve@notexample.com", "Eve"), cast.document("other"))
    listed.put("example.com", Listed.Verdict.BLOCK, reason="Resellers.", by=ada)
    monkeypatch.setattr(looking, "AT_ONCE", 1)
    second = cast.open_request(cast.person("ann@sub.example.com", "Ann"), cast.document("third"))
    Task.objects.filter(path=decide_by_rules.module_path).delete()
    assert started() == [["listed:example.com"]]
    run()
    assert cast.fresh(waiting).status == cast.fresh(second).status == RequestStatus.DENIED
    assert cast.fresh(other).status == RequestStatus.OPEN
    listed.remove(Listed.objects.get(), by=ada)
    assert started()[-1] == ["listed:example.com"]


def test_withdrawn_meanwhile_is_left_alone(ada, waiting):
    policies.in_force(CUSTOMERS, by=ada)
    policies.customer(waiting.requester, by=ada)
    flows.withdraw(cast.fresh(waiting), by=waiting.requester)
    run()
    assert cast.fresh(waiting).status == RequestStatus.WITHDRAWN and not Decision.objects.exists()
