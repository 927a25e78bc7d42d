"""An invitation is used once, by one of two requests, and withdrawn before or after it is used."""

from datetime import timedelta
from functools import partial

import pytest

from ndaflow.invitations import again, flows
from ndaflow.invitations.models import Invitation, InvitationState, InvitedDocument
from ndaflow.requests.flows import open_draft
from ndaflow.requests.models import Decision
from ndaflow.rules import flows as rules
from ndaflow.rules.models import SHIPPED, RuleVersion
from ndaflow.rules.tasks import decide_by_rules
from tests import cast
from tests.audit import logs
from tests.ndaflow.invitations import scene
from tests.races import at_once, rounds
from trustcenter.audit import FlowError

pytestmark = pytest.mark.django_db(transaction=True)
State = InvitationState


def test_two_uses_two_withdrawals_two_invitations_and_a_decision_at_once(racing):
    ada, sal, sue = cast.ada(), cast.sal(), cast.person("sue@trust.example", "Sue", "sales")
    soc2, bridge = cast.requestable(), cast.requestable("bridge")
    scene.allow("nda", most=900)
    # Tests that empty the database have emptied it of the rules that it came with.
    RuleVersion.objects.get_or_create(number=0, defaults={"rules": SHIPPED, "why": "Came with the site."})
    rules.switch_on(by=ada)
    rules.limit(by=ada, daily_limit=900)
    for round in range(rounds(5)):
        email = f"mira@company{round}.example"
        _wins, errors = at_once([partial(scene.invite, by, soc2, bridge, email=email) for by in (sal, sue)])
        assert [type(error) for error in errors] == [FlowError], "one of two colleagues invites"
        invitation = Invitation.objects.get(email=email)
        mira = cast.person(email, "Mira Holm")
        Invitation.objects.filter(email=email).update(mailed_at=invitation.invited_at - timedelta(days=1))
        wins, errors = at_once([partial(again.send_again, invitation, by=invitation.invited_by)] * 2)
        assert wins == 1 and [error.code for error in errors] == ["invitation_too_soon"]
        drafts = [cast.draft(soc2, bridge, email=email) for _ in range(2)]
        uses = [partial(open_draft, draft, by=mira, session_hash=cast.SESSION) for draft in drafts]
        withdrawal = partial(flows.withdraw, invitation, by=ada)
        wins, errors = at_once([*uses, withdrawal, withdrawal])
        assert {type(error) for error in errors} == {FlowError} and wins == 2, errors
        invitation.refresh_from_db()
        assert invitation.state == State.WITHDRAWN
        request = mira.access_requests.get(status="open")
        linked = InvitedDocument.objects.filter(invitation=invitation).exclude(item=None)
        assert linked.count() == (2 if invitation.used_at else 0)
        decide_by_rules.call(request.pk)
        assert not Decision.objects.filter(item__request=request).exists()
        # Another one, used, is withdrawn while the rule decides.
        cast.flows.withdraw(request, by=mira)
        second = scene.invite(sal, soc2, email=email)
        request = cast.open_request(mira, soc2)
        _wins, errors = at_once([partial(decide_by_rules.call, request.pk), partial(flows.withdraw, second, by=sal)])
        assert errors == []
        second.refresh_from_db()
        decided = Decision.objects.filter(item__request=request)
        assert not decided.filter(decided_at__gt=second.ended_at).exists()
    assert logs.differing() == []
