"""Rules for the tests, in force or drafted."""

from dataclasses import replace

from ndaflow.rules import flows, policy
from ndaflow.rules.models import RuleControl, RuleVersion
from ndaflow.rules.tasks import decide_by_rules
from tests import cast
from trustcenter.accounts.companies import flows as companies

CUSTOMERS = {
    "key": "customers",
    "name": "Customers",
    "when": [{"fact": "customer", "op": "is"}, {"fact": "covered", "op": "is"}],
    "then": {"approve_days": 90},
}
EVERYONE = {"key": "everyone", "name": "Everyone", "when": [], "then": {"approve_days": 30}}


def rule(name="Rule", when=(), **then):
    return {"key": name.lower(), "name": name, "when": list(when), "then": then}


def in_force(*rules, by, limit=20):
    """Publishes these rules without a draft and switches them on."""
    former = RuleVersion.in_force()
    number = former.number + 1 if former else 1
    data = policy.as_data(policy.read(list(rules)))
    version = RuleVersion.objects.create(number=number, rules=data, why="For the test.", published_by=by)
    if not RuleControl.now().is_on:
        flows.switch_on(by=by)
    if limit != 20:
        flows.limit(by=by, daily_limit=limit)
    return version


def let_rules_look(request):
    """Runs the task that the step before has started."""
    decide_by_rules.call(request.pk)
    return cast.fresh(request)


def customer(person, *, by):
    """Makes the person's company a confirmed customer."""
    company = companies.confirm(person.company, legal_name="Example Corp", by=by)
    companies.describe(company, replace(companies.Details.of(company), is_customer=True), by=by)
    person.refresh_from_db()
