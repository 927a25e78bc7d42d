"""The worker: a thread for each lane, one for the clock, and the main thread, which keeps the leases and the limits."""

import ctypes
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from types import FrameType

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.tasks import Task as Function
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string

from trustcenter.work import clock, queue
from trustcenter.work.lanes import Lane
from trustcenter.work.models import Task

logger = logging.getLogger(__name__)

# How often an idle lane looks for work, in seconds: a sign-in code should leave at once.
INTERVAL, TICK = 0.5, 0.1
# How long a lane waits after the database did not answer.
DATABASE_PAUSE = 2.0
ROUTINES_LIMIT = timedelta(minutes=4)
# How long a task may take to end after it was told to stop, before the whole worker ends.
GRACE = timedelta(seconds=15)
# How long the lanes of a service pause when it does not answer: doubled each time.
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 30.0
STUCK = 75  # EX_TEMPFAIL


class TookTooLong(Exception):
    """Raised inside a task that reached the limit of its lane."""


@dataclass
class Run:
    """Something that runs in a thread of the worker, and until when it may (in seconds of the monotonic clock)."""

    name: str
    task: str
    thread: int
    until: float
    told: bool = False


@dataclass
class Pause:
    """The pause of the lanes whose service does not answer."""

    until: float = 0.0
    seconds: float = field(default_factory=lambda: FIRST_PAUSE)

    def begin(self) -> None:
        self.until = time.monotonic() + self.seconds
        self.seconds = min(self.seconds * 2, LONGEST_PAUSE)

    def lasts(self) -> bool:
        return time.monotonic() < self.until


def work(*, alone: bool) -> int:
    """Runs tasks and the clock until a signal comes. `alone`: no other worker uses this database.

    Returns the exit status: 0 after a signal, another one if a thread of the worker died.
    """
    worker = Worker()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.on_signal)
    return worker.work(alone=alone)


class Worker:
    """Takes tasks of every lane, one at a time in each."""

    def __init__(self) -> None:
        self.name = get_random_string(16)
        self._stopping = threading.Event()
        self._broken = False
        self._runs: dict[int, Run] = {}
        self._lock = threading.Lock()
        self._pauses = {lane.rules.service: Pause() for lane in Lane}

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def work(self, *, alone: bool) -> int:
        if alone:
            # What is marked as running was lost with the last worker.
            queue.recover(everything=True)
        steps: list[Callable[[], None]] = [*(partial(self._take, lane) for lane in Lane), self._keep_time]
        threads = [threading.Thread(target=self._loop, args=(step,)) for step in steps]
        for thread in threads:
            # Daemons: after the last grace the process must be able to end.
            thread.daemon = True
            thread.start()
        beat_at = 0.0
        while running := [thread for thread in threads if thread.is_alive()]:
            self._stop_overdue()
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + queue.BEAT.total_seconds()
                self._beat()
            # A signal ends the wait; from then on the last tasks are awaited.
            running[0].join(TICK) if self._stopping.is_set() else self._stopping.wait(INTERVAL)
        connections.close_all()
        return int(self._broken)

    def run(self, task: Task) -> None:
        """Runs a task that this worker has claimed, and ends it."""
        try:
            with self._limited(task.path, Lane(task.lane).rules.limit, task.pk):
                function = import_string(task.path)
                if not isinstance(function, Function):
                    raise TypeError(f"{task.path} is not a task")
                function.call(*task.arguments)
        except queue.Unavailable as error:
            self._pause(Lane(task.lane).rules.service, error)
            queue.failed(task, error)
        except Exception as error:
            queue.failed(task, error)
        else:
            self._pauses[Lane(task.lane).rules.service].seconds = FIRST_PAUSE
            queue.done(task)

    def run_next(self, lane: Lane) -> bool:
        """Runs the next task of a lane. False if there is none, or if its service is not answering."""
        if self._pauses[lane.rules.service].lasts() or (task := queue.claim(lane, self.name)) is None:
            return False
        self.run(task)
        return True

    def _take(self, lane: Lane) -> None:
        if not self.run_next(lane):
            self._stopping.wait(INTERVAL)

    def _keep_time(self) -> None:
        with self._limited("scheduled work", ROUTINES_LIMIT):
            clock.run_due()
        self._stopping.wait(INTERVAL)

    def _loop(self, step: Callable[[], None]) -> None:
        """Repeats a step until the worker stops. An error that is nobody's ends the worker, and it is started again."""
        try:
            while not self._stopping.is_set():
                close_old_connections()
                try:
                    step()
                except (DatabaseError, InterfaceError):
                    logger.exception("The database does not answer. The worker tries again")
                    self._stopping.wait(DATABASE_PAUSE)
                except TookTooLong:
                    logger.error("Stopped: it reached its time limit")
        except BaseException:
            logger.critical("A thread of the worker died. The worker ends", exc_info=True)
            self._broken = True
            self._stopping.set()
        finally:
            connections.close_all()

    def _pause(self, service: str, error: queue.Unavailable) -> None:
        pause = self._pauses[service]
        if not pause.lasts():
            logger.error("The %s does not answer. Its lanes pause for %.0f s: %s", service, pause.seconds, error)
            pause.begin()

    def _beat(self) -> None:
        with self._lock:
            running = [run.task for run in self._runs.values() if run.task]
        try:
            close_old_connections()
            # First our own leases: after the database was away they have ended, although we live.
            queue.beat(self.name, running)
            queue.recover()
        except (DatabaseError, InterfaceError):
            logger.exception("The database does not answer. The worker tries again")

    @contextmanager
    def _limited(self, name: str, limit: timedelta, task: str = "") -> Iterator[None]:
        me = threading.get_ident()
        with self._lock:
            self._runs[me] = Run(name, task, me, time.monotonic() + limit.total_seconds())
        try:
            yield
        finally:
            try:
                self._forget(me)
            except TookTooLong:
                # It was told just before it ended. It is told once only.
                self._forget(me)
                raise

    def _forget(self, thread: int) -> None:
        with self._lock:
            self._runs.pop(thread, None)

    def _stop_overdue(self) -> None:
        """Raises an exception in what has run for too long; if it does not end by that, ends the worker."""
        now = time.monotonic()
        with self._lock:
            for run in self._runs.values():
                if now > run.until + GRACE.total_seconds():
                    logger.critical("%s does not stop. The worker ends, so that another one can go on", run.name)
                    os._exit(STUCK)
                if now > run.until and not run.told:
                    run.told = True
                    # A signal reaches the main thread only; this reaches any thread, at its next line of Python.
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(run.thread), ctypes.py_object(TookTooLong)
                    )
