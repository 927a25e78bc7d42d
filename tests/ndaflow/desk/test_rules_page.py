"""Writing rules at the desk: the draft, its dry run, publishing, the switch and the limit. No script runs."""

import re

import pytest

from ndaflow.requests import flows
from ndaflow.requests.models import Decision
from ndaflow.rules import tasks
from ndaflow.rules.models import SHIPPED, DryRun, RuleControl, RuleDraft, RuleVersion
from tests import cast, signin
from tests.ndaflow.rules import policies
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    person = cast.ada()
    signin.staff_client(client, person)
    return person


@pytest.fixture(autouse=True)
def nothing_published():
    """These tests count rules and versions from nothing."""
    RuleVersion.objects.all().delete()


def step():
    draft = RuleDraft.objects.first()
    return draft.step if draft else 0


def post(client, path, **data):
    return client.post(f"/desk/rules/{path}", {"step": step(), **data}, follow=True).content.decode()


def new_rule(client, **fields):
    """Adds a rule as a person does, field by field, and returns its key."""
    page = post(client, "add/")
    key = re.search(r"/desk/rules/(\w+)/save/", page)[1]
    post(client, f"{key}/save/", **({"name": "Customers", "decision": "approve", "days": "90"} | fields))
    return key


def published(client):
    post(client, "try/", days="90")
    tasks.dry_run.call(DryRun.objects.first().pk)
    return post(client, "publish/", why="Customers waited four hours.")


def test_dry_run_without_a_draft_tries_the_version_in_force(client, ada):
    version = policies.in_force(policies.EVERYONE, by=ada)
    assert RuleDraft.objects.count() == 0
    post(client, "try/", days="90")
    run = DryRun.objects.get()
    tasks.dry_run.call(run.pk)
    assert run.rules == version.rules
    assert "The draft has changed since" not in client.get("/desk/rules/").content.decode()


def test_write_a_rule_and_publish_it(client, ada):
    cast.document()
    page = client.get("/desk/rules/").content.decode()
    assert "people decide every request" in page and "Rules are off" in page
    key = new_rule(client)
    page = post(client, f"{key}/conditions/add/", name="Customers", decision="approve", days="90", add="customer")
    assert 'name="fact" value="customer"' in page and ">yes</option>" in page
    row = {"fact": ["customer"], "op-0": "is"}
    typed = {"name": "Customers", "decision": "approve", "days": "90", **row}
    page = post(client, f"{key}/conditions/add/", **typed, add="level")
    assert RuleDraft.objects.get().rules[0]["when"][1] == {"fact": "level", "op": "in"}
    assert "Rule 1 says nothing for “Level”." in page and "Needs fixing" in page
    more = {**typed, "fact": ["customer", "level"], "op-1": "in", "value-1": ["nda"]}
    page = post(client, f"{key}/save/", **more)
    assert "<b>the company is a customer</b> and\n  <b>the level is “Under NDA”</b>" in page
    assert "run it over past requests" in page and "publish/" not in page
    assert "Run the draft over past requests first" in post(client, "publish/", why="Now.")
    page = published(client)
    assert "Version 1 is published. It decides nothing until" in page and "Switch the rules on" in page
    version = RuleVersion.objects.get()
    assert (version.number, version.why, version.published_by) == (1, "Customers waited four hours.", ada)
    record = Record.objects.get(action=Action.RULES_PUBLISHED)
    assert '"version":1' in record.detail.body
    assert "The draft says the same" in post(client, "publish/", why="Again.")
    page = post(client, "on/")
    assert "Rules are on" in page and RuleControl.now().is_on


def test_publishing_shows_the_difference(client, ada):
    policies.in_force(policies.CUSTOMERS, policies.EVERYONE, by=ada)
    post(client, "customers/remove/")
    key = new_rule(client, name="Nobody", decision="deny", reason="Not now.", days="")
    post(client, f"{key}/up/")
    page = client.get("/desk/rules/publish/").content.decode()
    assert "What changes from version 1" in page
    assert page.count("<h3>Removed</h3>") == page.count("<h3>Added</h3>") == 1 and "deny: “Not now.”" in page
    # Nothing is published: the rule above catches everything.
    assert "Rule 2 is never tried: rule 1 matches whenever it does." in published(client)
    assert RuleVersion.objects.count() == 1
    post(client, f"{key}/down/")
    assert "Rule 2 is never tried" in client.get("/desk/rules/").content.decode()
    assert "the version in force again" in post(client, "discard/")
    assert RuleDraft.objects.get().rules == RuleVersion.objects.get().rules


def test_nothing_typed_is_lost(client, ada):
    key = new_rule(client)
    old = step()
    client.post(f"/desk/rules/{key}/save/", {"step": old, "name": "By a colleague", "decision": "person"})
    page = client.post(
        f"/desk/rules/{key}/save/", {"step": old, "name": "Mine", "decision": "deny", "reason": "Typed by me."}
    ).content.decode()
    assert "Someone else has just changed the draft." in page
    assert 'value="Mine"' in page and "Typed by me." in page and "By a colleague" in page
    assert f'name="step" value="{step()}"' in page, "saving again replaces it"
    # Nor does a page that is as old discard it.
    answer = client.post("/desk/rules/discard/", {"step": old}, follow=True).content.decode()
    assert "Someone else has just changed the draft." in answer
    assert RuleDraft.objects.get().rules[0]["name"] == "By a colleague"
    for bad in ({"days": "soon"}, {"name": "x" * 81}, {"decision": "open"}, {"name": "a\0b"}):
        page = post(client, f"{key}/save/", **{"name": "Bad", "decision": "approve", "days": "9", **bad})
        assert "needs your attention" in page
    assert RuleDraft.objects.get().rules[0]["name"] == "By a colleague"
    for path in ("unknown/save/", "unknown/conditions/add/", "unknown/conditions/0/remove/"):
        assert "no longer in the draft" in post(client, path, name="N", decision="person", add="level")


def test_lists_are_typed_and_conditions_removed(client, ada):
    key = new_rule(client)
    typed = {"name": "List", "decision": "person", "fact": ["domain", "country"], "op-0": "in", "op-1": "not_in"}
    typed |= {"value-0": "Example.com\n @bücher.example, EXAMPLE.com", "value-1": ["DE", "FR"]}
    page = post(client, f"{key}/save/", **typed)
    assert RuleDraft.objects.get().rules[0]["when"] == [
        {"fact": "domain", "op": "in", "values": ["example.com", "xn--bcher-kva.example"]},
        {"fact": "country", "op": "not_in", "values": ["DE", "FR"]},
    ]
    assert "a country is stated, and is not Germany or France" in page
    post(client, f"{key}/conditions/0/remove/", **typed)
    assert [one["fact"] for one in RuleDraft.objects.get().rules[0]["when"]] == ["country"]


def test_one_switch_and_a_limit(client, ada):
    assert "No rules are published yet." in post(client, "on/")
    policies.in_force(policies.EVERYONE, by=ada)
    assert "Say why you switch the rules off." in post(client, "off/", reason=" ")
    page = post(client, "off/", reason="An audit.")
    assert "All rules are off." in page and "“An audit.”" in page
    # Nothing is in force before the rules are on again: neither the rule nor its version.
    for shown, times in ((page, 2), (client.get("/desk/rules/versions/1/").content.decode(), 1)):
        assert shown.count("In force once the rules are on") == shown.count("In force") == times
    assert "The rules are already off." in post(client, "off/", reason="Again.")
    for wrong in ("0", "1001", "many", ""):
        assert "The daily limit is a number from 1 to 1,000." in post(client, "limit/", daily_limit=wrong)
    assert "of at most 7" in post(client, "limit/", daily_limit="7")
    actions = list(
        Record.objects.filter(action__startswith="rule.").order_by("number").values_list("action", flat=True)
    )
    assert actions == [Action.RULES_SWITCHED_ON, Action.RULES_SWITCHED_OFF, Action.RULES_LIMITED]


def test_former_version_is_shown_and_drafted(client, ada):
    policies.in_force(policies.CUSTOMERS, by=ada)
    policies.in_force(policies.EVERYONE, by=ada)
    page = client.get("/desk/rules/versions/2/").content.decode()
    assert "In force" in page and "What it changed" in page and "always" in page
    answer = client.post("/desk/rules/versions/1/draft/", {"step": step() + 1}, follow=True).content.decode()
    assert "Someone else has just changed the draft." in answer
    assert "The draft is version 1 now." in post(client, "versions/1/draft/")
    assert [rule["key"] for rule in RuleDraft.objects.get().rules] == ["customers"]


def test_dry_run_lists_what_people_denied(client, ada, django_assert_max_num_queries):
    soc2, version = cast.document(), cast.nda()
    rhea, vera, otto = cast.rhea(), cast.vera(), cast.otto()
    denied = cast.open_request(vera, soc2)
    flows.deny(denied, by=ada, reason="Ask through your contact.")
    short = cast.open_request(otto, soc2)
    cast.approve(short, ada, days=10)
    long = cast.open_request(rhea, soc2)
    cast.sign(long, rhea, version)
    cast.approve(long, ada, days=100)
    new_rule(client, name="Everyone", days="90")
    page = post(client, "try/", days="30")
    run = DryRun.objects.get()
    assert (run.days, Task.objects.filter(path__endswith="dry_run").count()) == (30, 1)
    assert "It starts in a moment." in page
    before = Record.objects.count(), Decision.objects.count()
    with django_assert_max_num_queries(23):
        # As many for thousands of requests: what it reads of them is named, and nothing is fetched for each.
        tasks.dry_run.call(run.pk)
    tasks.dry_run.call(run.pk)
    assert (Record.objects.count(), Decision.objects.count()) == before, "nothing is decided"
    run.refresh_from_db()
    assert run.counts == {"approved_denied": 1, "longer": 1, "same": 1} and run.fitted == {"1": 3}
    page = client.get("/desk/rules/").content.decode()
    assert "The rules approve 1 document that people denied." in page and "Ask through your contact." in page
    page = client.get(f"/desk/rules/dry-runs/{run.pk}/").content.decode()
    assert page.index(denied.pk) < page.index(short.pk), "what people denied is first"
    assert "90 days instead of" in page
    # The draft moves on, and has to be run again.
    new_rule(client, name="Second")
    assert "The draft has changed since." in client.get("/desk/rules/").content.decode()


def test_reader_of_rules_has_no_buttons(client, ada):
    policies.in_force(policies.EVERYONE, by=ada)
    signin.staff_client(client, cast.person("auditor@trust.example", "Audra", "auditor"))
    page = client.get("/desk/rules/?rule=everyone").content.decode()
    assert "Everyone" in page and "/save/" not in page and "Switch all rules off" not in page


def test_page_has_a_fixed_number_of_queries(client, ada, django_assert_max_num_queries):
    policies.in_force(
        *[policies.rule(f"R{n}", [{"fact": "days", "op": "at_most", "number": n}]) for n in range(20)], by=ada
    )
    with django_assert_max_num_queries(20):
        client.get("/desk/rules/")


def test_site_comes_with_a_rule_for_invitations(client, ada):
    shipped = RuleVersion.objects.create(number=0, rules=SHIPPED, why="Came with the site.")
    assert not RuleVersion.answering().exists(), "no record is needed while it is as it came"
    page = client.get("/desk/rules/").content.decode()
    assert "Invited by sales" in page and "sales has invited the person to the document" in page
    assert "the site came with these rules" in page and "by None" not in page and "Switch the rules on" in page
    assert "by None" not in client.get("/desk/rules/versions/0/").content.decode()
    # An administrator switches it off by publishing rules without it.
    post(client, "invited-by-sales/remove/")
    new_rule(client)
    RuleControl.objects.update_or_create(defaults={"is_on": True})
    assert "Version 1 is in force." in published(client)
    assert [rule["name"] for rule in RuleVersion.in_force().rules] == ["Customers"]
    RuleVersion.objects.filter(pk=shipped.pk).update(rules=[])
    assert RuleVersion.answering().filter(number=0).exists(), "somebody has changed it, and no record says so"
