"""Remembers that another server does not answer, so that one caller at a time waits for it and all others fail at once."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Away(OSError):
    """The server did not answer a moment ago, so it was not asked."""


class Circuit:
    """For all threads of this process. Closed, everybody asks. After a failure one caller asks again, after `pause` seconds
    or, if longer, after as long as the failure took: so no more than half of the time somebody waits in vain.

    `counts` says whether an error means that the server is away. A refusal, such as a missing object, is an answer.
    """

    def __init__(self, name: str, *, pause: float, counts: Callable[[Exception], bool] = lambda error: True) -> None:
        self._name, self._pause, self._counts = name, pause, counts
        self._lock = threading.Lock()
        self._open = False
        self._asking = False
        self._ask_again_at = 0.0

    def is_open(self) -> bool:
        """Whether the last answer that somebody waited for was a failure."""
        return self._open

    @contextmanager
    def asking(self) -> Iterator[None]:
        """The block asks the server. Raises Away instead if the server is away and it is not this caller's turn."""
        mine, started = self._take_turn(), time.monotonic()
        try:
            yield
        except Exception as error:
            self._note(failed=self._counts(error), pause=max(self._pause, time.monotonic() - started))
            raise
        else:
            self._note(failed=False)
        finally:
            # Also when a signal ends the block, which says nothing about the server.
            if mine:
                self._asking = False

    def _take_turn(self) -> bool:
        with self._lock:
            if not self._open:
                return False
            if self._asking or time.monotonic() < self._ask_again_at:
                raise Away(f"{self._name} did not answer a moment ago")
            self._asking = True
            return True

    def _note(self, *, failed: bool, pause: float = 0.0) -> None:
        with self._lock:
            self._open = failed
            self._ask_again_at = time.monotonic() + pause
