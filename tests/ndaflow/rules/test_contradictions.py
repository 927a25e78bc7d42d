"""What is wrong with rules, in one sentence each."""

from pathlib import Path

import pytest

from ndaflow.rules import flaws, policy, trials
from ndaflow.rules.checking import problems
from ndaflow.rules.evaluating import evaluate
from ndaflow.rules.facts import Facts
from ndaflow.rules.regions import Known

KNOWN = Known(
    levels={"nda": 1095, "restricted": 90},
    documents={"soc2": "nda", "pentest": "restricted"},
    countries=frozenset({"DE", "FR"}),
    risks=frozenset({"free_mail", "denied_before", "first_request"}),
    warnings=frozenset({"free_mail", "denied_before"}),
)
PERSON = {"person": True}


def rule(*when, name="Rule", **then):
    return {"name": name, "when": list(when), "then": then or PERSON}


def on(fact, *values, op=None, number=None):
    clause = {"fact": fact, "values": list(values)}
    return clause | ({"op": op} if op else {}) | ({"number": number} if number is not None else {})


def sentences(*rules):
    numbered = [
        one | {"name": f"{one['name']}{n}" if one["name"] == "Rule" else one["name"]} for n, one in enumerate(rules)
    ]
    return [flaws.problem(one) for one in problems(policy.read(numbered), KNOWN)]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], "There is no rule. Add one, or switch all rules off instead."),
        ([rule(name=" ")], "Rule 1 has no name. The audit log calls it by its name."),
        ([rule(name="A"), rule(name="a")], "Rule 2 has the name of an earlier rule, “a”. Give it another one."),
        ([rule(name="x" * 81)], "The name of rule 1 is longer than 80 characters."),
        ([{"name": "A"}], "Rule 1 does nothing. Choose what it does, or leave it to a person."),
        ([rule(approve_days=9, deny="No.")], "Rule 1 contradicts itself: what it does cannot be done together."),
        ([rule(approve_days=9, legal=True)], "Rule 1 contradicts itself: what it does cannot be done together."),
        ([rule(approve_days=9, ask="Why?")], "Rule 1 contradicts itself: what it does cannot be done together."),
        ([rule(person=True, show_only=True)], "Rule 1 contradicts itself: what it does cannot be done together."),
        ([rule(deny=" ")], "Rule 1 denies without a reason. Give one: the requester reads it."),
        ([rule(ask="")], "Rule 1 asks, but has no question. Write it: the requester reads it."),
        ([rule(deny="x" * 2001)], "Rule 1 has a text of more than 2000 characters."),
        ([rule(approve_days=0)], "Rule 1 has to approve for 1 to 1095 days."),
        ([rule(approve_days=5000)], "Rule 1 has to approve for 1 to 1095 days."),
        (
            [rule(on("level", "restricted"), approve_days=91)],
            "Rule 1 approves for 91 days, but its level allows at most 90.",
        ),
        (
            [rule(on("domain"))],
            "Rule 1 says nothing for “Mail domain”. Choose or type a value, or remove the condition.",
        ),
        ([rule(on("days"))], "Rule 1 needs a number from 0 to 10,000 for “How long”."),
        (
            [rule(on("domain", "*.example.com"))],
            "Rule 1 names “*.example.com”, which is not a mail domain. Write it as example.com.",
        ),
        (
            [rule(on("address", "example.com"))],
            "Rule 1 names “example.com”, which is not an address. Write it as name@example.com.",
        ),
        ([rule(on("country", "XX"))], "Rule 1 names the country “XX”, which is not known."),
        (
            [rule(on("level", "public"))],
            "Rule 1 names the level “public”. No level that needs a request has this name.",
        ),
        ([rule(on("document", "gone"))], "Rule 1 names the document “gone”, which nobody can request."),
        ([rule(on("risks", "rain"))], "Rule 1 names the risk “rain”, which the desk does not show."),
        (
            [rule(on("customer"), on("customer", op="is_not"))],
            "Rule 1 can never match: its conditions for “Customer” contradict each other.",
        ),
        (
            [rule(on("level", "nda"), on("level", "nda", op="not_in"))],
            "Rule 1 can never match: its conditions for “Level” contradict each other.",
        ),
        (
            [rule(on("level", "nda", "restricted", op="not_in"))],
            "Rule 1 can never match: its conditions for “Level” contradict each other.",
        ),
        (
            [rule(on("days", number=9), on("days", op="at_least", number=10))],
            "Rule 1 can never match: its conditions for “How long” contradict each other.",
        ),
        (
            [rule(on("level", "nda"), on("document", "pentest"))],
            "Rule 1 can never match: its conditions for “Document” contradict each other.",
        ),
        (
            [rule(on("address", "a@b.example"), on("domain", "c.example"))],
            "Rule 1 can never match: its conditions for “Address” contradict each other.",
        ),
        (
            [rule(on("risks", "free_mail"), on("risks", "any_warning", op="has_not"))],
            "Rule 1 can never match: its conditions for “Risk” contradict each other.",
        ),
        (
            [rule(on("risks", "any_warning"), approve_days=9)],
            "Rule 1 approves requests with a warning, which no rule can. Deny them, or leave them to a person.",
        ),
        (
            [rule(), rule(on("customer"), approve_days=9)],
            "Rule 2 is never tried: rule 1 matches whenever it does. Move it up, or remove it.",
        ),
        (
            [rule(on("days", number=90)), rule(on("days", number=30), on("customer"))],
            "Rule 2 is never tried: rule 1 matches whenever it does. Move it up, or remove it.",
        ),
        (
            [rule(on("domain", "a.example", "b.example")), rule(on("domain", "b.example"))],
            "Rule 2 is never tried: rule 1 matches whenever it does. Move it up, or remove it.",
        ),
        (
            [rule(on("domain", "a.example", op="not_in")), rule(on("domain", "a.example", "c.example", op="not_in"))],
            "Rule 2 is never tried: rule 1 matches whenever it does. Move it up, or remove it.",
        ),
        (
            [rule(on("risks", "any_warning")), rule(on("risks", "free_mail"), deny="No.")],
            "Rule 2 is never tried: rule 1 matches whenever it does. Move it up, or remove it.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(rules, said):
    assert sentences(*rules) == [said]


@pytest.mark.parametrize(
    "rules",
    [
        [rule(on("days", number=30)), rule(on("days", number=90))],
        [rule(on("country", "DE", op="not_in")), rule(on("customer"))],
        [rule(on("country", "DE")), rule(on("country", "DE", op="not_in")), rule()],
        [rule(on("risks", "free_mail")), rule(on("risks", "free_mail", "first_request"))],
        [rule(on("risks", "any_warning", op="has_not"), approve_days=9), rule(show_only=True)],
        [rule(on("domain", "a.example"), on("customer")), rule(on("domain", "a.example"))],
    ],
)
def test_rules_that_can_all_be_tried_are_fine(rules):
    assert sentences(*rules) == []


def test_rules_of_the_table_are_fine():
    read = trials.read((Path(__file__).with_name("situations.toml")).read_text(), {})
    known = Known(
        {"nda": 1095, "restricted": 90},
        {"soc2": "nda", "bridge": "nda", "pentest": "restricted"},
        frozenset({"IR", "KP", "SY", "DE", "FR", "SE"}),
        frozenset({"look_alike", "mixed_scripts", "free_mail", "company_differs", "first_request"}),
        frozenset({"look_alike", "mixed_scripts", "free_mail"}),
    )
    assert [flaws.problem(one) for one in problems(read.rules, known)] == []


def test_what_is_not_known_fits_no_condition():
    for op in ("in", "not_in"):
        rules = policy.read([rule(on("country", "DE", op=op), approve_days=9)])
        assert evaluate(rules, Facts(level="nda", longest_days=90)).number is None
