"""Watches the site's processes from a process that has not loaded Django, which saves 50 MB of memory. `serve` becomes it."""

import http.client
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from typing import NoReturn

from trustcenter.work.processes import Child, Supervisor

START_SECONDS = 30


@dataclass(frozen=True)
class Plan:
    """What to run: names, commands and environments of the children, and where the site answers.

    `lock` is the descriptor of a file that stays locked as long as the process lives; `started` is when it was asked to
    start, in seconds of the monotonic clock; `welcome` is said once the site answers, with `{seconds}` in it.
    """

    children: list[tuple[str, list[str], dict[str, str]]]
    host: str
    port: int
    lock: int
    started: float
    welcome: str


def become(plan: Plan) -> NoReturn:
    """Replaces this process by one that carries out `plan`, with the same process id."""
    # A file, because everybody can read the arguments of a process and the demo's welcome holds passwords.
    file = tempfile.TemporaryFile("w+")  # noqa: SIM115  (the next program reads it)
    json.dump(asdict(plan), file)
    file.flush()
    for descriptor in (file.fileno(), plan.lock):
        os.set_inheritable(descriptor, True)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "trustcenter.work.supervise", str(file.fileno())])  # noqa: S606


def supervise(plan: Plan) -> int:
    """Runs the children until a signal stops them. Returns the exit status."""
    supervisor = Supervisor([Child(*child) for child in plan.children], say=_say)
    try:
        supervisor.start()
        if supervisor.wait_until(lambda: answers(plan.host, plan.port), START_SECONDS):
            # Not format(): a folder name may contain braces.
            _say(plan.welcome.replace("{seconds}", f"{time.monotonic() - plan.started:.1f}"))
            supervisor.run()
        elif not supervisor.stopping:
            sys.stderr.write("The site did not start. The lines above say why.\n")
            return 1
    finally:
        supervisor.stop()
    _say("Stopped.")
    return 0


def answers(host: str, port: int) -> bool:
    """Whether a process of the web server has loaded the site. Its parts are not asked: it starts without its bucket, too."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say(text: str) -> None:
    # A pipe or a log must show a line when it is said, not when a buffer is full.
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    with os.fdopen(int(sys.argv[1])) as file:
        file.seek(0)
        plan = Plan(**json.load(file))
    # The children must not hold the lock after this process has died.
    os.set_inheritable(plan.lock, False)
    return supervise(plan)


if __name__ == "__main__":
    sys.exit(main())
