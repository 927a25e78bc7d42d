"""Child processes that end when their parent ends."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

# A stop may take ten seconds: children get eight of them to finish their work.
GRACE_SECONDS = 8
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# After a child has run for this long, the next pause before a restart is short again.
WELL_AFTER = 60.0
TICK = 0.1
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A process that is started again when it ends."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        # In its own session the child gets no Ctrl-C from the terminal: a second signal would interrupt a task.
        self.process = subprocess.Popen(  # noqa: S603
            self.command, env=os.environ | self.environment, start_new_session=True, preexec_fn=die_with_parent()
        )
        self.started = time.monotonic()

    def signal_all(self, number: int) -> None:
        """Sends a signal to the child and to the processes that it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def die_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Makes Linux send the child a signal when this process dies. On other systems, `kill -9` leaves the child running."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: an import in the child could wait for ever for a lock that another thread held.
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def set_signal() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            # The parent died between the fork and the line above.
            os._exit(1)

    return set_signal


def end_with_parent() -> None:
    """Makes Linux end this process, which `multiprocessing` started, when its parent ends. Does nothing on other systems.

    A web worker that outlives a killed web server would keep the port, and the site could not start again.
    """
    parent = multiprocessing.parent_process()
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent.pid:
        os._exit(1)


@dataclass
class Supervisor:
    """Starts children, restarts those that end, and stops all of them within ten seconds of a signal.

    The first child gets the machine for itself until it is ready: a page is wanted sooner than background work.
    """

    children: list[Child]
    say: Callable[[str], None]
    stopping: bool = False
    _handlers: dict[int, Any] = field(default_factory=dict)

    def start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._on_signal)
        self.children[0].start()

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Whether `ready` became true in time, with the first child running."""
        deadline = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < deadline:
            if not self.children[0].running():
                self.say(f"The {self.children[0].name} ended right after its start.")
                return False
            if ready():
                return True
            time.sleep(TICK)
        return False

    def run(self) -> None:
        """Starts the other children, and restarts all that end, until a signal comes."""
        while not self.stopping:
            for child in self.children:
                self._keep_running(child)
            time.sleep(TICK)

    def stop(self) -> None:
        """Asks every child to stop, and kills those that have not stopped after GRACE_SECONDS."""
        self.stopping = True
        for child in self.children:
            if child.running() and child.process is not None:
                # Only the child: it stops its own children.
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(child.running() for child in self.children):
            time.sleep(TICK / 2)
        for child in self.children:
            if child.running():
                self.say(
                    f"The {child.name} did not stop in time and was killed. Its unfinished tasks start again next time."
                )
            child.signal_all(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self.stopping:
            self.say("\nStopping. Running tasks are finished first.")
        self.stopping = True

    def _keep_running(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.start()
            return
        status = child.process.poll()
        if status is None:
            return
        child.signal_all(signal.SIGKILL)
        child.pause = FIRST_PAUSE if now - child.started > WELL_AFTER else min(child.pause * 2, LONGEST_PAUSE)
        child.due, child.process = now + child.pause, None
        self.say(f"The {child.name} ended ({_how(status)}). It starts again in {child.pause:.0f} s.")


def _how(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
