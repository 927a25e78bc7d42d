"""No set of rules ever yields a grant that the level would refuse: purely, and with real requests."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from documents import access
from documents.models import AccessGrant, Level
from ndaflow.requests.models import Decision
from ndaflow.requests.risks import WARNINGS, Kind
from ndaflow.rules import policy
from ndaflow.rules.evaluating import evaluate
from ndaflow.rules.facts import Facts
from ndaflow.rules.models import RuleVersion
from ndaflow.rules.policy import Clause, Effects, Fact, Rule
from tests import cast
from tests.ndaflow.rules import policies
from trustcenter.accounts.models import Listed
from trustcenter.audit import FlowError

VALUES = ["nda", "restricted", "soc2", "example.com", "DE", "rhea@example.com", "any_warning", "free_mail"]


@st.composite
def clauses(draw):
    fact = draw(st.sampled_from(Fact))
    op = draw(st.sampled_from(fact.ops))
    return Clause(fact, op, tuple(draw(st.lists(st.sampled_from(VALUES), max_size=3))), draw(st.integers(0, 400)))


EFFECTS = st.builds(
    Effects,
    approve_days=st.none() | st.integers(1, 5000),
    deny=st.none() | st.just("No."),
    two_people=st.booleans(),
    legal=st.booleans(),
    show_only=st.booleans(),
    ask=st.none() | st.just("Why?"),
)
# Also rules that contradict themselves: a version from a restored backup has no check.
RULES = st.lists(st.builds(Rule, st.just("Rule"), st.lists(clauses(), max_size=2).map(tuple), EFFECTS), max_size=4)
# Approves whatever it can, so that each limit is tested by itself.
GREEDY = [Rule("Everything", (), Effects(approve_days=5000))]
WARNED = st.frozensets(st.sampled_from([kind.value for kind in WARNINGS]), max_size=2)
FACTS = st.builds(
    Facts,
    customer=st.booleans(),
    confirmed=st.booleans(),
    covered=st.booleans(),
    level=st.sampled_from(["", "nda", "restricted"]),
    document=st.just("soc2"),
    warnings=WARNED,
    wanted=st.integers(0, 30),
    longest_days=st.integers(0, 90),
    is_staff=st.booleans(),
    blocked=st.booleans(),
    tightened=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(rules=RULES | st.just(GREEDY), facts=FACTS)
def test_no_rule_approves_what_its_limits_forbid(rules, facts):
    days = evaluate(rules, facts).effects.approve_days
    forbidden = facts.warnings or facts.is_staff or facts.blocked or facts.tightened or not facts.level
    if forbidden or not facts.longest_days:
        assert days is None
    if days is not None:
        assert 1 <= days <= min(facts.longest_days, facts.wanted or facts.longest_days)
    if rules == GREEDY and not forbidden and facts.longest_days:
        assert days is not None, "the limits are not so wide that nothing is ever approved"


@st.composite
def scenes(draw):
    return {
        "approvals": draw(st.integers(1, 3)),
        "longest_days": draw(st.sampled_from([1, 30, 1095])),
        "email": draw(st.sampled_from(["rhea@example.com", "rhea@gmail.com", "rhea@bad.example"])),
        "is_staff": draw(st.booleans()),
        "signs": draw(st.booleans()),
        "people": draw(st.integers(0, 2)),
        "rules_first": draw(st.booleans()),
    }


SCENE = {
    "longest_days": 1095,
    "email": "rhea@example.com",
    "is_staff": False,
    "signs": True,
    "people": 0,
    "rules_first": True,
}


@pytest.mark.once
@pytest.mark.django_db
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(rules=RULES | st.just(GREEDY), scene=scenes())
@example(rules=GREEDY, scene=SCENE | {"approvals": 1})
@example(rules=GREEDY, scene=SCENE | {"approvals": 2})
@example(rules=GREEDY, scene=SCENE | {"approvals": 1, "signs": False})
@example(rules=GREEDY, scene=SCENE | {"approvals": 1, "is_staff": True})
@example(rules=GREEDY, scene=SCENE | {"approvals": 1, "email": "rhea@gmail.com"})
def test_no_rules_yield_a_grant_that_the_level_refuses(rules, scene):
    with transaction.atomic() as _walk:
        block = connection.atomic_blocks[-1]
        # The flows ask for the outermost transaction, so this one counts as the test's, as in TestCase.
        block._from_testcase = True
        _play(rules, scene)
        transaction.set_rollback(True)


def _play(rules, scene):
    staff = [cast.ada(), cast.ben()]
    level = Level.objects.get(slug="nda")
    Level.objects.filter(pk=level.pk).update(
        approvals=scene["approvals"], longest_days=scene["longest_days"], usual_days=1
    )
    requester = cast.person(scene["email"], "Rhea Diaz", *(["sales"] if scene["is_staff"] else []))
    version, soc2 = cast.nda(), cast.document("soc2")
    Listed.objects.create(verdict="allow", address="rhea@example.com", reason="Known.", added_by=staff[0])
    data = policy.as_data(rules)
    RuleVersion.objects.create(number=1, rules=data, why="W.", published_by=staff[0])
    policies.flows.switch_on(by=staff[0])
    request = cast.open_request(requester, soc2)
    if scene["email"].endswith("bad.example"):
        Listed.objects.create(verdict="block", domain="bad.example", reason="B.", added_by=staff[0])
    if scene["rules_first"]:
        policies.let_rules_look(request)
    steps = [lambda who=who: cast.approve(request, who, days=0.5) for who in staff[: scene["people"]]]
    steps += [lambda: cast.sign(request, requester, version)] if scene["signs"] else []
    for step in steps:
        with suppress(FlowError):
            step()
        policies.let_rules_look(request)
    now = timezone.now()
    by_rules = Decision.objects.filter(decided_by=None, verdict="approve")
    assert by_rules.count() <= 1
    if by_rules.exists():
        assert not scene["is_staff"] and scene["email"] == "rhea@example.com"
    for grant in AccessGrant.objects.all():
        item = grant.requested_document
        people = item.decisions.filter(verdict="approve", decided_by__isnull=False).count()
        level = Level.objects.get(slug="nda")
        assert scene["signs"]
        assert people + by_rules.count() >= scene["approvals"] and people >= scene["approvals"] - 1
        assert people >= item.approvals_at_least
        assert not item.needs_legal or item.decisions.filter(for_legal=True).exists()
        assert now < grant.ends_at <= level.latest_end(now)
        assert grant.ends_at <= now + timedelta(days=5000)
        assert grant.show_only == item.show_only
        way = access.Way.PAGES if grant.show_only else access.Way.FILE
        assert access.admission(requester, "soc2", now + timedelta(seconds=5), way).grant == grant
    assert Kind.BLOCKED.is_warning
