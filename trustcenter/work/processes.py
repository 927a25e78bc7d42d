"""Child processes that live and die with their parent."""

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

# A stop has ten seconds: children get eight to finish what they do, the rest is for us.
GRACE_SECONDS = 8
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# A child that ran for this long was well; the next pause starts small again.
WELL_AFTER = 60.0
TICK = 0.1
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process that is kept running."""

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
        # A session of its own keeps Ctrl-C from reaching it past us: two signals would cut a task short.
        self.process = subprocess.Popen(  # noqa: S603
            self.command, env=os.environ | self.environment, start_new_session=True, preexec_fn=die_with_parent()
        )
        self.started = time.monotonic()

    def signal_all(self, number: int) -> None:
        """Reaches the child's own children too, which may outlive it."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def die_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Has Linux end the child when this process dies, however it dies; elsewhere a `kill -9` of us leaves it behind."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: an import in the child could wait for a lock that nobody holds any more.
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def set_signal() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            # The parent died between the fork and the line above.
            os._exit(1)

    return set_signal


def end_with_parent() -> None:
    """Ends this process, started by `multiprocessing`, when its parent is gone; on Linux, and nothing elsewhere.

    A web worker that outlives a web server killed together with us would hold the port, and no site could start on it.
    """
    parent = multiprocessing.parent_process()
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent.pid:
        os._exit(1)


@dataclass
class Supervisor:
    """Starts children, starts again what dies, and stops all of them within ten seconds of a signal."""

    children: list[Child]
    say: Callable[[str], None]
    stopping: bool = False
    _handlers: dict[int, Any] = field(default_factory=dict)

    def start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._on_signal)
        for child in self.children:
            child.start()

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Whether it came true in time, with every child still running."""
        deadline = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < deadline:
            for child in self.children:
                if not child.running():
                    self.say(f"The {child.name} ended at once.")
                    return False
            if ready():
                return True
            time.sleep(TICK)
        return False

    def run(self) -> None:
        """Watches until a signal comes."""
        while not self.stopping:
            for child in self.children:
                self._keep_running(child)
            time.sleep(TICK)

    def stop(self) -> None:
        """Asks every child to finish, and after GRACE_SECONDS does not ask any more."""
        self.stopping = True
        for child in self.children:
            if child.running() and child.process is not None:
                # The child alone: it stops its own in good order.
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(child.running() for child in self.children):
            time.sleep(TICK / 2)
        for child in self.children:
            if child.running():
                self.say(
                    f"The {child.name} took too long and was ended; what it did not finish starts again next time."
                )
            child.signal_all(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self.stopping:
            self.say("\nStopping: finishing what is under way.")
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
        self.say(f"The {child.name} died ({_how(status)}); starting it again in {child.pause:.0f} s.")


def _how(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
