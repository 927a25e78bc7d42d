"""The mail in the morning about what rules did the day before."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from ndaflow.requests.models import Decision
from ndaflow.rules import routine
from ndaflow.rules.flows.deciding import midnight
from tests import cast
from tests.ndaflow.rules import policies
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


def at(hour, days=0):
    """The routine at that hour of a day."""
    day = timezone.localdate() + timedelta(days=days)
    routine.tell(timezone.make_aware(datetime.combine(day, time(hour))))


def mails():
    return list(Mail.objects.filter(subject__startswith="Rules decided"))


def test_administrators_are_told_once():
    ada, ben = cast.ada(), cast.ben()
    policies.in_force(policies.EVERYONE, by=ada)
    policies.let_rules_look(cast.open_request(cast.rhea(), cast.document()))
    cast.approve(cast.open_request(cast.vera(), cast.document("pentest")), ben)
    at(8)
    assert mails() == [], "today is not over"
    at(6, days=1)
    assert mails() == [], "not before the morning"
    at(7, days=1)
    mail, *more = mails()
    assert not more and mail.to == ada.email
    assert "Approved: 1. Denied: 0." in mail.body and "“Everyone”" in mail.body and "pentest" not in mail.body.lower()
    at(9, days=1)
    at(8, days=2)
    assert len(mails()) == 1


def test_nothing_happened_and_nobody_is_told():
    policies.in_force(policies.EVERYONE, by=cast.ada())
    at(8, days=1)
    assert mails() == []
    # What happened before the first morning of the rules is not told late.
    Decision.objects.update(decided_at=midnight(timezone.now()) - timedelta(days=3))
    at(8, days=2)
    assert mails() == []
