"""Tasks for the tests of the queue and the worker, in real lanes."""

import threading
import time

from trustcenter.work.lanes import Lane
from trustcenter.work.queue import GiveUp, Unavailable
from trustcenter.work.tasks import background

# What ran, in order; a test empties it.
ran: list[str] = []
# A test sets it to end every call of `wait`.
released = threading.Event()


def about(ids: list[str]) -> dict[str, str]:
    return {id: f"about {id}" for id in ids}


@background(Lane.TRACES, "Wait", about=about)
def wait(id: str) -> None:
    ran.append(id)
    released.wait(60)


@background(Lane.DOCUMENTS, "Sleep", about=about)
def sleep(id: str) -> None:
    """Cannot be stopped while it sleeps for a tenth of a second, and can in between."""
    ran.append(id)
    for _tenth in range(600):
        time.sleep(0.1)


@background(Lane.DOCUMENTS, "Succeed", about=about)
def succeed(id: str) -> None:
    ran.append(id)


@background(Lane.DOCUMENTS, "Hurry", about=about, priority=10)
def hurry(id: str) -> None:
    ran.append(id)


@background(Lane.DOCUMENTS, "Fail", about=about)
def fail(id: str) -> None:
    raise ValueError(f"{id} is broken")


@background(Lane.DOCUMENTS, "Give up", about=about)
def give_up(id: str) -> None:
    raise GiveUp("it is of no use")


@background(Lane.MAIL, "Find no server", about=about)
def find_no_server(id: str) -> None:
    ran.append(id)
    raise Unavailable("nobody answers")


def end(id: str) -> None:
    """No task."""
