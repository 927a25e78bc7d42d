"""The response target of a request: it starts when the request opens, and stands while others are to act."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from ndaflow.requests import flows
from tests import cast

pytestmark = pytest.mark.django_db

# A Tuesday at ten, in the usual hours of nine to five.
TUESDAY = datetime(2026, 3, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""

    class Clock:
        now = TUESDAY

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


def test_strictest_document_sets_the_target(clock):
    report, plan = cast.document(), cast.document("pentest", "restricted")
    both, one = cast.open_request(cast.rhea(), report, plan), cast.open_request(cast.vera(), plan)
    assert (both.target_hours, both.due_at) == (8, TUESDAY + 24 * HOUR)
    assert (one.target_hours, one.due_at) == (16, TUESDAY + 48 * HOUR)


def test_clock_stands_while_a_question_is_open(clock):
    ben, rhea = cast.ben(), cast.rhea()
    request = cast.open_request(rhea, cast.document())
    clock.now = TUESDAY + 2 * HOUR
    flows.ask_question(cast.fresh(request), by=ben, text="Which entity?")
    assert cast.fresh(request).paused_at == clock.now
    # The answer comes a week later. Six hours are left, five of them on that day.
    clock.now = TUESDAY + timedelta(days=7, hours=2)
    answered = flows.answer(cast.fresh(request), by=rhea, text="Inc.")
    assert cast.fresh(request).paused_at is None and answered.paused_at is None
    assert cast.fresh(request).due_at == datetime(2026, 3, 11, 10, tzinfo=UTC)


def test_question_after_the_target_keeps_it_missed(clock):
    ben, rhea = cast.ben(), cast.rhea()
    request = cast.open_request(rhea, cast.document())
    clock.now = TUESDAY + 26 * HOUR
    flows.ask_question(cast.fresh(request), by=ben, text="Which entity?")
    clock.now = TUESDAY + 28 * HOUR
    flows.answer(cast.fresh(request), by=rhea, text="Inc.")
    assert clock.now - cast.fresh(request).due_at == 2 * HOUR


def test_decision_stops_the_clock_and_says_how_long_it_took(clock):
    ben, ada, rhea = cast.ben(), cast.ada(), cast.rhea()
    request = cast.open_request(rhea, cast.document(), cast.document("pentest", "restricted"))
    clock.now = TUESDAY + HOUR
    cast.approve(request, ben)
    assert (cast.fresh(request).paused_at, cast.fresh(request).decided_in) == (None, None), "one document waits"
    clock.now = TUESDAY + 3 * HOUR
    cast.approve(request, ada)
    decided = cast.fresh(request)
    # Nothing is signed, so the request stays open, and its signature is no concern of the target.
    assert (decided.paused_at, decided.decided_at, decided.decided_in) == (clock.now, clock.now, 180)
    clock.now = TUESDAY + timedelta(days=3)
    cast.sign(request, rhea, cast.nda())
    assert cast.fresh(request).status == "granted" and cast.fresh(request).decided_in == 180


def test_withdrawn_request_was_not_decided(clock):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    flows.withdraw(cast.fresh(request), by=rhea)
    assert cast.fresh(request).decided_at is None and cast.fresh(request).paused_at == clock.now


def test_colleague_who_takes_over_starts_a_new_target_with_the_same_owner(clock):
    ben, rhea, vera = cast.ben(), cast.rhea(), cast.vera()
    cast.nda()
    request = cast.open_request(rhea, cast.document())
    type(request).objects.filter(pk=request.pk).update(owner=ben)
    flows.forward(cast.fresh(request), by=rhea, email=vera.email)
    clock.now = TUESDAY + 4 * HOUR
    continued = flows.take_over(cast.fresh(request), by=vera, name="Vera Lind")
    assert continued.owner == ben and continued.due_at == TUESDAY + 28 * HOUR
