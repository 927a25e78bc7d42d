"""Business time: the hours in which the operator's people work, and nothing else. Knows neither Django nor the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = 7
# Holidays without an end would let a search for the next working day run for ever.
LONGEST_SEARCH = 10 * 366
NOTHING = timedelta()

# From when until when people work on a day, in the time of their zone; None for a day off.
Hours = tuple[time, time] | None


@dataclass(frozen=True)
class BusinessTime:
    """A week of working hours in a time zone, without the holidays. Instants are aware, spans are real time.

    `week` begins on Monday. Raises ValueError for a week without a working hour, and for hours that end before they
    begin.
    """

    zone: ZoneInfo
    week: Sequence[Hours]
    holidays: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if len(self.week) != DAYS:
            raise ValueError("a week has seven days")
        if not any(self.week):
            raise ValueError("a week needs at least one working hour")
        if any(hours is not None and hours[0] >= hours[1] for hours in self.week):
            raise ValueError("hours end after they begin")

    def between(self, start: datetime, end: datetime, *, most: timedelta | None = None) -> timedelta:
        """The business time from `start` to `end`; nothing if `end` is not later. It is counted up to `most` only."""
        counted = NOTHING
        if end <= start:
            return counted
        for opens, closes in self._spans(start):
            if opens >= end:
                return counted
            counted += max(NOTHING, min(closes, end) - max(opens, start))
            if most is not None and counted >= most:
                return most
        return counted

    def left(self, now: datetime, due: datetime, *, most: timedelta | None = None) -> timedelta:
        """The business time from `now` until `due`; negative once it is over."""
        if due >= now:
            return self.between(now, due, most=most)
        return -self.between(due, now, most=most)

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The instant at which `span` of business time has passed since `start`.

        Raises ValueError if that takes more than ten years, because holidays leave no working day.
        """
        if span <= NOTHING:
            return start
        for opens, closes in self._spans(start):
            begins = max(opens, start)
            if closes - begins >= span:
                return begins + span
            span -= max(NOTHING, closes - begins)
        raise ValueError("there is no working day within ten years")

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working hours of each day from that of `start` on, in UTC, because clocks of the zone may jump."""
        day = start.astimezone(self.zone).date()
        for _number in range(LONGEST_SEARCH):
            hours = self.week[day.weekday()]
            if hours is not None and day not in self.holidays:
                opens, closes = (datetime.combine(day, one, self.zone).astimezone(UTC) for one in hours)
                yield opens, closes
            day += timedelta(days=1)
