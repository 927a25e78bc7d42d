"""Business time: the hours in which the operator's people work."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from ndaflow.duty.business_time import BusinessTime

NINE_TO_FIVE = [(time(9), time(17))] * 5 + [None, None]
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def office() -> BusinessTime:
    return BusinessTime(ZoneInfo("UTC"), NINE_TO_FIVE)


def test_time_outside_the_hours_does_not_count(office):
    # Friday evening to Monday morning.
    assert office.between(utc(6, 17), utc(9, 9)) == timedelta()
    assert office.between(utc(6, 16), utc(9, 10)) == 2 * HOUR
    assert office.between(utc(6, 3), utc(6, 23)) == 8 * HOUR
    assert office.between(utc(6, 12), utc(6, 11)) == timedelta()
    assert office.left(utc(9, 10), utc(6, 16)) == -2 * HOUR


def test_target_of_eight_hours_from_friday_afternoon_is_monday_afternoon(office):
    assert office.after(utc(6, 15), 8 * HOUR) == utc(9, 15)
    assert office.after(utc(7, 3), HOUR) == utc(9, 10)
    # It is reached when the day ends, not when the next one begins.
    assert office.after(utc(6, 9), 8 * HOUR) == utc(6, 17)
    assert office.after(utc(6, 3), timedelta()) == utc(6, 3)


def test_holidays_do_not_count():
    easter = frozenset({date(2026, 4, 3), date(2026, 4, 6)})
    office = BusinessTime(BERLIN, NINE_TO_FIVE, easter)
    # Maundy Thursday, 16:00 in Berlin, to the Tuesday after.
    assert office.after(utc(2, 14, month=4), 2 * HOUR) == utc(7, 8, month=4)
    assert office.between(utc(2, 14, month=4), utc(7, 8, month=4)) == 2 * HOUR


def test_day_on_which_the_clocks_change_has_its_real_hours():
    nights = [None] * 6 + [(time(0), time(6))]
    office = BusinessTime(BERLIN, nights)
    # 29 March 2026 has no hour from two to three in Berlin, and 25 October has it twice.
    assert office.between(utc(28, 0), utc(30, 0)) == 5 * HOUR
    assert office.between(utc(24, 0, month=10), utc(26, 0, month=10)) == 7 * HOUR
    assert office.after(utc(28, 0), 4 * HOUR) == utc(29, 3)
    # The same hours of the office are other hours of the world in summer.
    winter, summer = (BusinessTime(BERLIN, NINE_TO_FIVE).after(utc(day, 0), HOUR) for day in (27, 30))
    assert (winter.hour, summer.hour) == (9, 8)


def test_hours_that_begin_while_the_clocks_jump_count_nothing_twice():
    office = BusinessTime(BERLIN, [None] * 6 + [(time(2, 30), time(3))])
    assert office.between(utc(28, 0), utc(30, 0)) == timedelta()


def test_count_stops_where_nobody_needs_more(office):
    assert office.between(utc(1, 0), utc(1, 0, month=12), most=100 * HOUR) == 100 * HOUR
    assert office.left(utc(1, 0, month=12), utc(1, 0), most=100 * HOUR) == -100 * HOUR


@pytest.mark.parametrize(
    "week", [[None] * 7, NINE_TO_FIVE[:5], [(time(17), time(9)), *NINE_TO_FIVE[1:]], [(time(9), time(9))] * 7]
)
def test_week_without_working_hours_is_refused(week):
    with pytest.raises(ValueError):
        BusinessTime(ZoneInfo("UTC"), week)


def test_holidays_without_an_end_are_noticed():
    every_day = frozenset(date(2026, 1, 1) + timedelta(days=number) for number in range(11 * 366))
    with pytest.raises(ValueError, match="no working day"):
        BusinessTime(ZoneInfo("UTC"), NINE_TO_FIVE, every_day).after(utc(6, 9), HOUR)


def test_pausing_and_resuming_is_the_same_as_never_having_stopped(office):
    """`targets.follow` moves the due instant by the business time that passed while the clock stood."""
    opened, paused, resumed = utc(2, 10), utc(3, 12), utc(10, 11)
    due = office.after(opened, 16 * HOUR)
    moved = office.after(due, office.between(paused, resumed))
    assert office.between(resumed, moved) == 16 * HOUR - office.between(opened, paused)
