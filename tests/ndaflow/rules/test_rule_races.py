"""A rule and people at once, two workers at once, the switch and a decision at once: one winner each time."""

from functools import partial

import pytest
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.requests import flows
from ndaflow.requests.models import Decision, RequestStatus
from ndaflow.rules import flows as rules
from ndaflow.rules.flows.deciding import decided_since, midnight
from ndaflow.rules.models import RuleControl
from ndaflow.rules.routine import tell_administrators
from ndaflow.rules.tasks import decide_by_rules
from tests import cast
from tests.audit import logs
from tests.ndaflow.rules import policies
from tests.races import at_once, rounds
from trustcenter.audit import FlowError
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_rule_and_a_person_decide_at_once(racing):
    ada, soc2, version = cast.ada(), cast.document(), cast.nda()
    policies.in_force(policies.EVERYONE, by=ada, limit=900)
    for round in range(rounds(5)):
        rhea = cast.person(f"rhea@company{round}.example", "Rhea Diaz")
        request = cast.open_request(rhea, soc2)
        cast.sign(request, rhea, version)
        seen = cast.fresh(request)
        denial = [flows.ItemDecision(item_id=seen.items.get().pk, verdict=Decision.Verdict.DENY, reason="No.")]
        _wins, errors = at_once(
            [partial(decide_by_rules.call, request.pk)] * 2 + [partial(flows.decide, seen, denial, by=ada)]
        )
        assert {type(error) for error in errors} <= {FlowError}, errors
        decision = Decision.objects.get(item__request=request)
        status = cast.fresh(request).status
        assert status == (RequestStatus.DENIED if decision.decided_by else RequestStatus.GRANTED)
        assert AccessGrant.objects.filter(holder=rhea).count() == (0 if decision.decided_by else 1)
    assert logs.differing() == []


def test_no_rule_decides_after_the_switch(racing):
    ada, soc2 = cast.ada(), cast.document()
    policies.in_force(policies.EVERYONE, by=ada, limit=900)
    for round in range(rounds(5)):
        request = cast.open_request(cast.person(f"p@company{round}.example", "P"), soc2)
        _wins, errors = at_once(
            [partial(decide_by_rules.call, request.pk), partial(rules.switch_off, by=ada, reason="Stop.")]
        )
        assert errors == []
        off = RuleControl.now()
        assert not off.is_on
        assert not Decision.objects.filter(item__request=request, decided_at__gt=off.changed_at).exists()
        # And the limit holds for two at once.
        rules.switch_on(by=ada)


def test_the_daily_limit_holds_for_many_at_once(racing):
    ada, soc2 = cast.ada(), cast.document()
    policies.in_force(policies.EVERYONE, by=ada, limit=3)
    requests = [cast.open_request(cast.person(f"p@company{n}.example", "P"), soc2) for n in range(6)]
    _wins, errors = at_once([partial(decide_by_rules.call, request.pk) for request in requests])
    assert errors == []
    assert decided_since(midnight(timezone.now())) == 3


def test_two_workers_send_one_morning_mail(racing, monkeypatch):
    ada, soc2 = cast.ada(), cast.document()
    policies.in_force(policies.EVERYONE, by=ada)
    policies.let_rules_look(cast.open_request(cast.rhea(), soc2))
    Decision.objects.update(decided_at=midnight(timezone.now()) - (timezone.now() - midnight(timezone.now())) / 1e6)
    monkeypatch.setattr("ndaflow.rules.routine.MORNING", 0)
    _wins, errors = at_once([tell_administrators] * 4)
    assert errors == []
    assert Mail.objects.filter(subject__startswith="Rules decided 1").count() == 1
