"""Who answers a request: it is taken or given, who is away has a deputy, and mail goes to the owner."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from ndaflow.duty import flows as duty
from ndaflow.duty.models import NewRequestMail
from ndaflow.duty.refusals import Refusal as DutyRefusal
from ndaflow.requests import flows, noted_risks, routine
from ndaflow.requests.refusals import Refusal
from tests import cast
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = TUESDAY

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


@pytest.fixture
def team():
    return cast.ada(), cast.ben(), cast.person("cleo@trust.example", "Cleo Approver", "approver")


def mailed(subject: str) -> set[str]:
    return set(Mail.objects.filter(subject__startswith=subject).values_list("to", flat=True))


def away(person: User, deputy: User, first: int = 0, last: int = 3) -> None:
    day = timezone.localdate()
    duty.be_away(day + first * DAY, day + last * DAY, deputy, by=person)


def test_request_is_taken_given_and_left(team):
    ada, ben, _cleo = team
    request = cast.open_request(cast.rhea(), cast.document())
    flows.assign(request, by=ada, to=ada)
    assert cast.fresh(request).owner == ada and mailed("Assigned to you") == set(), "nobody is told what they did"
    flows.assign(cast.fresh(request), by=ada, to=ben)
    assert cast.fresh(request).owner == ben and mailed("Assigned to you") == {ben.email}
    flows.assign(cast.fresh(request), by=ben, to=None)
    assert cast.fresh(request).owner is None
    assert cast.fresh(request).step == request.step, "a page that an approver has open stays valid"
    actions = Record.objects.filter(action__startswith="request.").order_by("number").values_list("action", flat=True)
    assert list(actions)[-3:] == ["request.taken", "request.assigned", "request.released"]


def test_of_two_who_take_it_one_has_it(team):
    ada, ben, _cleo = team
    seen = cast.open_request(cast.rhea(), cast.document())
    flows.assign(cast.fresh(seen), by=ada, to=ada)
    with pytest.raises(FlowError) as refused:
        flows.assign(seen, by=ben, to=ben)
    assert refused.value.code == Refusal.OTHER_OWNER and cast.fresh(seen).owner == ada


def test_only_who_can_decide_owns_and_gives(team):
    ada, *_others = team
    request, sal = cast.open_request(ada, cast.document()), cast.sal()
    for by, to, code in (
        (sal, ada, Refusal.NOT_APPROVER),
        (ada, sal, Refusal.OWNER_CANNOT_DECIDE),
        (ada, ada, Refusal.OWNER_CANNOT_DECIDE),
        (ada, cast.rhea(), Refusal.OWNER_CANNOT_DECIDE),
    ):
        with pytest.raises(FlowError) as refused:
            flows.assign(cast.fresh(request), by=by, to=to)
        assert refused.value.code == code
    flows.withdraw(cast.fresh(request), by=ada)
    with pytest.raises(FlowError) as refused:
        flows.assign(cast.fresh(request), by=ada, to=_others[0])
    assert refused.value.code == Refusal.MOVED_ON


def test_deputy_gets_what_is_given_to_somebody_away(team):
    ada, ben, cleo = team
    away(ben, cleo)
    request = cast.open_request(cast.rhea(), cast.document())
    assert flows.assign(request, by=ada, to=ben).owner == cleo and mailed("Assigned to you") == {cleo.email}
    # The deputy's deputy, and with all away, the colleague who was meant.
    away(cleo, ada)
    assert flows.assign(cast.fresh(request), by=ada, to=ben).owner == ada
    away(ada, ben)
    assert flows.assign(cast.fresh(request), by=ada, to=ben).owner == ben


@pytest.mark.parametrize(
    ("first", "last", "deputy", "code"),
    [
        (3, 1, "cleo", DutyRefusal.DAYS_REVERSED),
        (-5, -1, "cleo", DutyRefusal.OVER),
        (0, 1, "ben", DutyRefusal.OWN_DEPUTY),
        (0, 1, "sal", DutyRefusal.NOT_AT_THE_DESK),
    ],
)
def test_impossible_absence_is_refused(team, first, last, deputy, code):
    cast.sal()
    with pytest.raises(FlowError) as refused:
        away(team[1], User.objects.get(email__startswith=deputy), first, last)
    assert refused.value.code == code


def test_new_request_is_mailed_to_those_who_chose_it_or_to_all(team):
    ada, ben, cleo = team
    cast.open_request(cast.rhea(), cast.document())
    assert mailed("Access request") == {ada.email, ben.email, cleo.email}, "somebody has to see it"
    Mail.objects.all().delete()
    duty.choose_mails(new_requests=True, by=ben)
    cast.open_request(cast.vera(), cast.document("caiq"))
    assert mailed("Access request") == {ben.email}
    Mail.objects.all().delete()
    away(ben, cleo)
    cast.open_request(cast.otto(), cast.document("other"))
    assert mailed("Access request") == {cleo.email}
    duty.choose_mails(new_requests=False, by=ben)
    assert not NewRequestMail.objects.exists()


def test_mail_about_an_owned_request_goes_to_its_owner_only(team):
    ada, ben, cleo = team
    rhea = cast.rhea()
    request = flows.assign(cast.open_request(rhea, cast.document("pentest", "restricted")), by=ben, to=ben)
    flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    flows.answer(cast.fresh(request), by=rhea, text="Inc.")
    assert mailed("rhea@example.com answered") == {ben.email}
    cast.approve(request, ada)
    assert mailed("Another approval") == {ben.email}
    # If the owner gave the first approval, another one is needed.
    other = flows.assign(cast.open_request(cast.vera(), cast.document("plan", "restricted")), by=ben, to=ben)
    Mail.objects.all().delete()
    cast.approve(other, ben)
    assert mailed("Another approval") == {ada.email, cleo.email}


def test_owner_is_reminded_at_half_and_everyone_told_at_a_quarter_once_each(team, clock):
    ada, ben, cleo = team
    request = flows.assign(cast.open_request(cast.rhea(), cast.document()), by=ben, to=ben)
    away(ben, cleo)
    # The same hours, an hour ahead.
    duty.change_hours("Europe/Berlin", [(time(10), time(18))] * 7, {}, by=ada)
    clock.now = TUESDAY + 3 * HOUR
    routine.keep_targets()
    assert not mailed("Reminder")
    for hours, reminded, late in (
        (4, {cleo.email}, set()),
        (5, {cleo.email}, set()),
        (6, {cleo.email}, {ada.email, ben.email, cleo.email}),
        (12, {cleo.email}, {ada.email, ben.email, cleo.email}),
    ):
        clock.now = TUESDAY + hours * HOUR
        routine.keep_targets()
        assert (mailed("Reminder"), mailed("Nearly late")) == (reminded, late), hours
    assert Mail.objects.filter(subject__startswith="Nearly late").count() == 3
    # In the time of the office.
    for one in Mail.objects.filter(subject__startswith="Nearly late") | Mail.objects.filter(subject__startswith="Rem"):
        assert "due by 3 March 2026, 18:00 (Europe/Berlin)." in one.body
    assert Record.objects.filter(action__in=["request.reminded", "request.escalated"]).count() == 2
    assert cast.fresh(request).reminded_at and not flows.remind(request) and not flows.escalate(request)


def test_nobody_is_reminded_while_the_clock_stands(team, clock):
    request = cast.open_request(cast.rhea(), cast.document())
    flows.ask_question(cast.fresh(request), by=team[0], text="Which entity?")
    clock.now = TUESDAY + 7 * HOUR
    routine.keep_targets()
    assert not mailed("Reminder") and not mailed("Nearly late")


def test_risks_are_kept_with_the_request_and_follow_what_happens_elsewhere(team):
    freddy = cast.person("freddy@gmx.net", "Freddy")
    first, second = (cast.open_request(freddy, cast.document(slug)) for slug in ("soc-2", "caiq"))
    assert cast.fresh(first).risks == ["free_mail", "first_request"] and cast.fresh(first).has_warning
    assert not cast.fresh(cast.open_request(cast.rhea(), cast.document("x"))).has_warning
    flows.deny(cast.fresh(first), by=team[1], reason="Not a customer.")
    routine.note_risks()
    assert cast.fresh(second).risks == ["free_mail", "denied_before"]
    noted_risks.note(cast.fresh(first), timezone.now())
    assert cast.fresh(first).risks == ["free_mail", "first_request"], "a closed request keeps what it had"
