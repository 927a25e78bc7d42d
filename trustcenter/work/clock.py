"""The clock: functions that the worker calls every so many seconds, whichever worker comes first."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from trustcenter.work.models import Routine

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Periodic:
    """A function that the worker calls about every `seconds`. Its row in `Routine` says when it is due next."""

    name: str
    seconds: int
    run: Callable[[], object]

    @property
    def period(self) -> timedelta:
        return timedelta(seconds=self.seconds)


_registry: dict[str, Periodic] = {}


def every[F: Callable[[], object]](seconds: int) -> Callable[[F], F]:
    """Registers a function that the worker calls about every so many seconds, one worker at a time.

    A call that raises is logged and comes again at its next time. The function must not take longer than the lease.
    """

    def register(function: F) -> F:
        name = f"{function.__module__}.{function.__qualname__}"
        _registry[name] = Periodic(name, seconds, function)
        return function

    return register


def for_each[Row](rows: Iterable[Row], do: Callable[[Row], object]) -> None:
    """Calls a function for each row whose time has come.

    A row that fails is logged, and comes again when the clock looks for rows the next time. Whatever the error is, the
    rows after it go on: they have a time too, and one broken row would hold them back for ever.
    """
    for row in rows:
        try:
            do(row)
        except Exception:
            logger.exception("%s.%s failed for %s. It is tried again", do.__module__, do.__qualname__, row)


def periodics() -> list[Periodic]:
    """Every registered function, sorted by name."""
    return [_registry[name] for name in sorted(_registry)]


def last_run() -> datetime | None:
    """When a worker last ran something; None if none ever has."""
    due = dict(Routine.objects.values_list("name", "due_at"))
    return max((due[one.name] - one.period for one in periodics() if one.name in due), default=None)


def run_due() -> list[str]:
    """Runs what is due and no other worker has just taken; returns the names."""
    now = timezone.now()
    due = dict(Routine.objects.values_list("name", "due_at"))
    ran = []
    for periodic in periodics():
        if periodic.name not in due:
            Routine.objects.bulk_create([Routine(name=periodic.name, due_at=now)], ignore_conflicts=True)
            due[periodic.name] = now
        # A time further away than one period was written while the clock was wrong.
        elif now < due[periodic.name] <= now + periodic.period:
            continue
        # Compare and swap: of several workers, the one whose update still finds this time runs it.
        same = Routine.objects.filter(name=periodic.name, due_at=due[periodic.name])
        if not same.update(due_at=now + periodic.period):
            continue
        try:
            periodic.run()
        except Exception:
            logger.exception("%s failed. It runs again in %s seconds", periodic.name, periodic.seconds)
        ran.append(periodic.name)
    return ran
